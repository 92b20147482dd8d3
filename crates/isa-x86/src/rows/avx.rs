//! AVX, AVX2, FMA, BMI, F16C (Intel SDM vol. 2): VEX encodings.

use crate::template::{Group, f, g};
use lathe_target::features::Feature as Has;

#[rustfmt::skip]
pub(crate) const GROUPS: &[Group] = &[
    g("andn", "lq", &[f("=rv vv rmv", "VEX.L0.NP.0F38 F2 /r")]).needs(Has::Bmi1),
];
