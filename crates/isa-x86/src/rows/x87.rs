//! x87 floating point (Intel SDM vol. 2, "F…"), and MMX's `emms`.
//!
//! AT&T syntax swaps `fsub`/`fsubr` and `fdiv`/`fdivr` when the destination is `st(i)`: the UNIX assemblers'
//! old mistake, which GNU as keeps. Hence the `manual` names below.

use crate::registers::{FLAGS, FPCW, RAX, ST0};
use crate::template::{Group, f, p};
use lathe_isa::RowFlags as Is;

macro_rules! plain {
    ($($name:literal $code:literal),* $(,)?) => { [$(p($name, &[f("", $code)]).reads(&[ST0]).writes(&[ST0]).flags(Is::SIDE_EFFECT)),*] };
}

macro_rules! memory {
    ($name:literal, $suffix:literal, $operand:literal, $code:literal) => {
        p($name, &[f($operand, $code)]).suffix($suffix).reads(&[ST0]).writes(&[ST0]).flags(Is::SIDE_EFFECT)
    };
}

macro_rules! stack {
    ($name:literal, $($operands:literal $code:literal),*) => {
        p($name, &[$(f($operands, $code)),*]).reads(&[ST0]).writes(&[ST0]).flags(Is::SIDE_EFFECT)
    };
}

macro_rules! state {
    ($name:literal, $operand:literal, $code:literal) => {
        p($name, &[f($operand, $code)]).reads(&[FPCW]).writes(&[FPCW]).flags(Is::SIDE_EFFECT)
    };
}

#[rustfmt::skip]
pub(crate) const GROUPS: &[Group] = &[
    memory!("fld", "s", "m32", "D9 /0"), memory!("fld", "l", "m64", "DD /0"), memory!("fld", "t", "m80", "DB /5"), stack!("fld", "sti" "D9 C0"),
    memory!("fst", "s", "=m32", "D9 /2"), memory!("fst", "l", "=m64", "DD /2"), stack!("fst", "=sti" "DD D0"),
    memory!("fstp", "s", "=m32", "D9 /3"), memory!("fstp", "l", "=m64", "DD /3"), memory!("fstp", "t", "=m80", "DB /7"), stack!("fstp", "=sti" "DD D8"),
    memory!("fild", "s", "m16", "DF /0"), memory!("fild", "l", "m32", "DB /0"), memory!("fild", "ll", "m64", "DF /5"), memory!("fild", "q", "m64", "DF /5"),
    memory!("fist", "s", "=m16", "DF /2"), memory!("fist", "l", "=m32", "DB /2"),
    memory!("fistp", "s", "=m16", "DF /3"), memory!("fistp", "l", "=m32", "DB /3"), memory!("fistp", "ll", "=m64", "DF /7"), memory!("fistp", "q", "=m64", "DF /7"),
    memory!("fisttp", "s", "=m16", "DF /1"), memory!("fisttp", "l", "=m32", "DB /1"), memory!("fisttp", "ll", "=m64", "DD /1"), memory!("fisttp", "q", "=m64", "DD /1"),
    memory!("fadd", "s", "m32", "D8 /0"), memory!("fadd", "l", "m64", "DC /0"), stack!("fadd", "+st sti" "D8 C0", "+stn st" "DC C0", "sti" "D8 C0 ALIAS"),
    memory!("fmul", "s", "m32", "D8 /1"), memory!("fmul", "l", "m64", "DC /1"), stack!("fmul", "+st sti" "D8 C8", "+stn st" "DC C8", "sti" "D8 C8 ALIAS"),
    memory!("fcom", "s", "m32", "D8 /2"), memory!("fcom", "l", "m64", "DC /2"), stack!("fcom", "sti" "D8 D0", "" "D8 D1 ALIAS"),
    memory!("fcomp", "s", "m32", "D8 /3"), memory!("fcomp", "l", "m64", "DC /3"), stack!("fcomp", "sti" "D8 D8", "" "D8 D9 ALIAS"),
    memory!("fsub", "s", "m32", "D8 /4"), memory!("fsub", "l", "m64", "DC /4"), stack!("fsub", "+st sti" "D8 E0", "sti" "D8 E0 ALIAS"), stack!("fsub", "+stn st" "DC E0").manual("fsubr"),
    memory!("fsubr", "s", "m32", "D8 /5"), memory!("fsubr", "l", "m64", "DC /5"), stack!("fsubr", "+st sti" "D8 E8", "sti" "D8 E8 ALIAS"), stack!("fsubr", "+stn st" "DC E8").manual("fsub"),
    memory!("fdiv", "s", "m32", "D8 /6"), memory!("fdiv", "l", "m64", "DC /6"), stack!("fdiv", "+st sti" "D8 F0", "sti" "D8 F0 ALIAS"), stack!("fdiv", "+stn st" "DC F0").manual("fdivr"),
    memory!("fdivr", "s", "m32", "D8 /7"), memory!("fdivr", "l", "m64", "DC /7"), stack!("fdivr", "+st sti" "D8 F8", "sti" "D8 F8 ALIAS"), stack!("fdivr", "+stn st" "DC F8").manual("fdiv"),
    stack!("faddp", "+sti st" "DE C0", "" "DE C1", "sti" "DE C0 ALIAS"), stack!("fmulp", "+sti st" "DE C8", "" "DE C9", "sti" "DE C8 ALIAS"),
    stack!("fsubp", "+sti st" "DE E0", "" "DE E1", "sti" "DE E0 ALIAS").manual("fsubrp"), stack!("fsubrp", "+sti st" "DE E8", "" "DE E9", "sti" "DE E8 ALIAS").manual("fsubp"),
    stack!("fdivp", "+sti st" "DE F0", "" "DE F1", "sti" "DE F0 ALIAS").manual("fdivrp"), stack!("fdivrp", "+sti st" "DE F8", "" "DE F9", "sti" "DE F8 ALIAS").manual("fdivp"),
    memory!("fiadd", "l", "m32", "DA /0"), memory!("fiadd", "s", "m16", "DE /0"), memory!("fimul", "l", "m32", "DA /1"), memory!("fimul", "s", "m16", "DE /1"),
    memory!("ficom", "l", "m32", "DA /2"), memory!("ficom", "s", "m16", "DE /2"), memory!("ficomp", "l", "m32", "DA /3"), memory!("ficomp", "s", "m16", "DE /3"),
    memory!("fisub", "l", "m32", "DA /4"), memory!("fisub", "s", "m16", "DE /4"), memory!("fisubr", "l", "m32", "DA /5"), memory!("fisubr", "s", "m16", "DE /5"),
    memory!("fidiv", "l", "m32", "DA /6"), memory!("fidiv", "s", "m16", "DE /6"), memory!("fidivr", "l", "m32", "DA /7"), memory!("fidivr", "s", "m16", "DE /7"),
    stack!("fucom", "sti" "DD E0", "" "DD E1 ALIAS"), stack!("fucomp", "sti" "DD E8", "" "DD E9 ALIAS"), stack!("fcompp", "" "DE D9"), stack!("fucompp", "" "DA E9"),
    stack!("fcomi", "st sti" "DB F0", "sti" "DB F0 ALIAS", "" "DB F1 ALIAS").writes(&[ST0, FLAGS]), stack!("fcomip", "st sti" "DF F0", "sti" "DF F0 ALIAS", "" "DF F1 ALIAS").writes(&[ST0, FLAGS]),
    stack!("fucomi", "st sti" "DB E8", "sti" "DB E8 ALIAS", "" "DB E9 ALIAS").writes(&[ST0, FLAGS]), stack!("fucomip", "st sti" "DF E8", "sti" "DF E8 ALIAS", "" "DF E9 ALIAS").writes(&[ST0, FLAGS]),
    stack!("fcompi", "st sti" "DF F0 ALIAS").writes(&[ST0, FLAGS]), stack!("fucompi", "st sti" "DF E8 ALIAS").writes(&[ST0, FLAGS]),
    stack!("fcmovb", "+st sti" "DA C0"), stack!("fcmove", "+st sti" "DA C8"), stack!("fcmovbe", "+st sti" "DA D0"), stack!("fcmovu", "+st sti" "DA D8"),
    stack!("fcmovnb", "+st sti" "DB C0"), stack!("fcmovne", "+st sti" "DB C8"), stack!("fcmovnbe", "+st sti" "DB D0"), stack!("fcmovnu", "+st sti" "DB D8"),
    stack!("fxch", "+sti" "D9 C8", "" "D9 C9"), stack!("ffree", "=sti" "DD C0"),
    memory!("fbld", "", "m80", "DF /4"), memory!("fbstp", "", "=m80", "DF /6"),
    state!("fldcw", "m16", "D9 /5"), state!("fnstcw", "=m16", "D9 /7"), state!("fstcw", "=m16", "9B D9 /7"),
    p("fnstsw", &[f("=ax", "DF E0"), f("=m16", "DD /7"), f("", "DF E0 ALIAS")]).flags(Is::SIDE_EFFECT).writes(&[RAX]), p("fstsw", &[f("=ax", "9B DF E0"), f("=m16", "9B DD /7")]).flags(Is::SIDE_EFFECT).writes(&[RAX]),
    state!("fnstenv", "=m", "D9 /6"), state!("fstenv", "=m", "9B D9 /6"), state!("fldenv", "m", "D9 /4"), state!("fnsave", "=m", "DD /6"), state!("fsave", "=m", "9B DD /6"), state!("frstor", "m", "DD /4"),
    state!("fnclex", "", "DB E2"), state!("fclex", "", "9B DB E2"), state!("fninit", "", "DB E3"), state!("finit", "", "9B DB E3"), state!("fwait", "", "9B"), state!("wait", "", "9B ALIAS"), state!("emms", "", "0F 77"),
];

#[rustfmt::skip]
pub(crate) const PLAIN: &[Group] = &plain![
    "fchs" "D9 E0", "fabs" "D9 E1", "ftst" "D9 E4", "fxam" "D9 E5", "fld1" "D9 E8", "fldl2t" "D9 E9", "fldl2e" "D9 EA", "fldpi" "D9 EB", "fldlg2" "D9 EC", "fldln2" "D9 ED", "fldz" "D9 EE",
    "f2xm1" "D9 F0", "fyl2x" "D9 F1", "fptan" "D9 F2", "fpatan" "D9 F3", "fxtract" "D9 F4", "fprem1" "D9 F5", "fdecstp" "D9 F6", "fincstp" "D9 F7", "fprem" "D9 F8", "fyl2xp1" "D9 F9",
    "fsqrt" "D9 FA", "fsincos" "D9 FB", "frndint" "D9 FC", "fscale" "D9 FD", "fsin" "D9 FE", "fcos" "D9 FF", "fnop" "D9 D0",
];
