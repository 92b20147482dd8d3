//! Mode: the reference interpreter.

use crate::directive::{Expected, Run};
use crate::value::{self, Literal};
use lathe_interp::{ErrorKind, Interpreter, Options, Val};
use lathe_ir::Module;
use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;

/// Output that can be looked at afterwards.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs all lines; each in a fresh program.
///
/// # Errors
/// All disagreements.
pub fn check(module: &Module, runs: &[Run]) -> Result<(), String> {
    let failures: Vec<String> = runs
        .iter()
        .filter_map(|run| {
            check_one(module, run).err().map(|e| format!("line {}: @{}: {e}", run.line, run.function))
        })
        .collect();
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn check_one(module: &Module, run: &Run) -> Result<(), String> {
    let output = Shared::default();
    let options = Options {
        step_limit: Some(50_000_000),
        stdout: Box::new(output.clone()),
        stderr: Box::new(std::io::sink()),
        stdin: Box::new(std::io::empty()),
        allow_files: false,
        environment: Vec::new(),
        ..Options::default()
    };
    let mut interpreter = Interpreter::new(module, options);
    if let Expected::Program { output: expected, status } = &run.expected {
        let mut args = vec!["program".to_string()];
        args.extend(run.args.iter().map(|a| a.trim_matches('"').to_string()));
        let found = interpreter.run_main(&args).map_err(|e| e.to_string())?;
        let printed = String::from_utf8_lossy(&output.0.borrow()).into_owned();
        return match printed == *expected && found.0 == *status {
            true => Ok(()),
            false => Err(format!("printed {printed:?} and exited with {}", found.0)),
        };
    }
    let symbol = module.find_symbol(&run.function).ok_or("there is no such function")?;
    let signature = module.signature_of(symbol).ok_or("it is no function")?.clone();
    let mut args = Vec::new();
    for (param, text) in signature.params.iter().zip(&run.args) {
        args.push(match value::parse(param.value_type(), text)? {
            Literal::Lanes(lanes) => Val::from_lanes(value::argument_lanes(param.value_type(), &lanes)),
            Literal::Bytes(bytes) => {
                Val::int(interpreter.allocate(&bytes).map_err(|e| e.to_string())?.into())
            }
        });
    }
    let outcome = interpreter.call(&run.function, &args);
    match (&run.expected, outcome) {
        (Expected::Results(expected), Ok(found)) => {
            let types: Vec<_> = signature.result_types().collect();
            if expected.len() != types.len() {
                return Err(format!("{} results expected, the function has {}", expected.len(), types.len()));
            }
            for ((ty, text), found) in types.iter().zip(expected).zip(&found) {
                if !value::matches(*ty, &value::parse(*ty, text)?, found.lanes()) {
                    return Err(format!("({}) gives {found:?}, not {text}", run.args.join(", ")));
                }
            }
            Ok(())
        }
        (Expected::Trap(code), Err(error)) => match error.kind {
            ErrorKind::Trap(found) if found.name() == code => Ok(()),
            _ => Err(format!("trap {code} expected: {error}")),
        },
        (Expected::Broken(message), Err(error)) if error.message.contains(message.as_str()) => Ok(()),
        (_, Err(error)) => Err(error.to_string()),
        (expected, Ok(found)) => Err(format!("gives {found:?}, expected {expected:?}")),
    }
}
