//! Inline assembly with wide operands: an operand in the pair of registers that x86's `A` names
//! (`edx:eax`, `rdx:rax`) becomes two operands, and the numbers in the template and in matching
//! constraints move along.
//!
//! Source: GCC manual, "Constraints for Particular Machines" (x86, `A`) and "Extended Asm".

use super::split::{Pair, Splitter};
use crate::error::CodegenError;
use lathe_ir::inline_asm::{AsmData, AsmOperand};
use lathe_ir::{Format, Inst, InstData, Opcode, Value};
use smallvec::SmallVec;

/// The pair's registers, low half first, as constraint letters.
const PAIR: [&str; 2] = ["a", "d"];

impl Splitter<'_> {
    /// `asm` and `asm_goto` with wide inputs or outputs.
    pub(super) fn statement(&mut self, inst: Inst) -> Result<(), CodegenError> {
        let data = *self.func.inst(inst);
        let old = self.func.asms[data.asm_ref()].clone();
        let is_split = |operand: &AsmOperand| operand.ty == self.wide && !operand.is_memory;
        // The new number of each old operand; labels come after them.
        let mut numbers: Vec<usize> = Vec::new();
        let mut next = 0;
        for operand in old.outputs.iter().chain(&old.inputs) {
            numbers.push(next);
            next += if is_split(operand) { 2 } else { 1 };
        }
        numbers.push(next);
        let mut new = AsmData { outputs: Vec::new(), inputs: Vec::new(), ..old.clone() };
        for operand in &old.outputs {
            if is_split(operand) {
                let halves = self.halves_of_operand(inst, operand, &numbers)?;
                new.outputs.extend(halves);
            } else {
                new.outputs.push(operand.clone());
            }
        }
        for operand in &old.inputs {
            if is_split(operand) {
                let halves = self.halves_of_operand(inst, operand, &numbers)?;
                new.inputs.extend(halves);
            } else {
                let mut operand = operand.clone();
                renumber_constraint(&mut operand.constraint, &numbers);
                new.inputs.push(operand);
            }
        }
        new.template = renumber_template(&old.template, &numbers);
        let args: SmallVec<[Value; 8]> = SmallVec::from_slice(self.func.args(inst));
        let args = self.expanded(&args).unwrap_or(args);
        let list = self.func.make_list(&args);
        let asm = self.func.asms.push(new);
        let statement = match (data.opcode().format(), data.switch_table()) {
            (Format::AsmGoto, Some(table)) => InstData::asm_goto(list, asm, table),
            _ => InstData::asm(list, asm),
        };
        let replaced = self.append(statement);
        let olds: SmallVec<[Value; 4]> = self.func.results(inst).collect();
        let mut news = self.func.results(replaced);
        for old in olds {
            let Some(lo) = news.next() else { break };
            if !self.is_wide(old) {
                self.replace(old, lo);
            } else if let Some(hi) = news.next() {
                self.set_pair(old, Pair { lo, hi });
            }
        }
        debug_assert!(data.opcode() == Opcode::Asm || data.opcode() == Opcode::AsmGoto);
        Ok(())
    }

    /// The two operands for one in a pair, or for an input that matches such an output.
    fn halves_of_operand(
        &self,
        inst: Inst,
        operand: &AsmOperand,
        numbers: &[usize],
    ) -> Result<[AsmOperand; 2], CodegenError> {
        let text = operand.constraint.as_str();
        let letters = text.trim_start_matches(['=', '+', '&', '%']);
        let prefix = &text[..text.len() - letters.len()];
        let matched = letters.parse::<usize>().ok().and_then(|number| numbers.get(number));
        let halves = match (letters, matched) {
            ("A", _) => PAIR.map(|letter| format!("{prefix}{letter}")),
            (_, Some(first)) => [first.to_string(), (first + 1).to_string()],
            _ => {
                let what =
                    format!("asm operand \"{text}\" of {}: only \"A\" names a pair of registers", self.wide);
                return Err(CodegenError::unsupported(what).at(self.func.loc(inst)));
            }
        };
        let [low, high] = halves;
        let half = AsmOperand { ty: self.half, ..operand.clone() };
        Ok([
            AsmOperand { constraint: low, ..half.clone() },
            AsmOperand { constraint: high, name: None, ..half },
        ])
    }
}

fn renumber_constraint(constraint: &mut String, numbers: &[usize]) {
    if let Some(new) = constraint.parse::<usize>().ok().and_then(|number| numbers.get(number)) {
        *constraint = new.to_string();
    }
}

/// Rewrites `%0`, `%b0`, `%l2` to the new numbers; `%%` and `%[name]` stay.
fn renumber_template(template: &str, numbers: &[usize]) -> String {
    let mut out = String::with_capacity(template.len() + 8);
    let mut rest = template;
    let end = numbers.len() - 1;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let digits = rest[letters..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            continue;
        }
        out.push_str(&rest[..letters]);
        let text = &rest[letters..letters + digits];
        match text.parse::<usize>() {
            Ok(number) if number < end => out.push_str(&numbers[number].to_string()),
            Ok(number) => out.push_str(&(number - end + numbers[end]).to_string()),
            Err(_) => out.push_str(text),
        }
        rest = &rest[letters + digits..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::renumber_template;

    #[test]
    fn numbers_move_behind_a_split_operand() {
        let numbers = [0, 2, 3, 4];
        assert_eq!(renumber_template("mul %2, %b0 %% %[x] %l3 %1", &numbers), "mul %3, %b0 %% %[x] %l4 %2");
    }
}
