//! Names of system registers, barriers, prefetch and cache operations (Arm ARM D17 and C6.2).

/// `op0 op1 CRn CRm op2` as the 16 bits of an operand.
const fn register(op0: u16, op1: u16, crn: u16, crm: u16, op2: u16) -> u16 {
    op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2
}

/// System registers of `mrs` and `msr`.
#[rustfmt::skip]
pub const REGISTERS: &[(&str, u16)] = &[
    ("nzcv", register(3, 3, 4, 2, 0)), ("daif", register(3, 3, 4, 2, 1)), ("fpcr", register(3, 3, 4, 4, 0)), ("fpsr", register(3, 3, 4, 4, 1)),
    ("dspsr_el0", register(3, 3, 4, 5, 0)), ("dlr_el0", register(3, 3, 4, 5, 1)), ("ssbs", register(3, 3, 4, 2, 6)), ("dit", register(3, 3, 4, 2, 5)),
    ("tco", register(3, 3, 4, 2, 7)), ("pan", register(3, 0, 4, 2, 3)), ("uao", register(3, 0, 4, 2, 4)),
    ("tpidr_el0", register(3, 3, 13, 0, 2)), ("tpidrro_el0", register(3, 3, 13, 0, 3)), ("tpidr_el1", register(3, 0, 13, 0, 4)), ("tpidr_el2", register(3, 4, 13, 0, 2)),
    ("tpidr2_el0", register(3, 3, 13, 0, 5)), ("contextidr_el1", register(3, 0, 13, 0, 1)),
    ("ctr_el0", register(3, 3, 0, 0, 1)), ("dczid_el0", register(3, 3, 0, 0, 7)), ("rndr", register(3, 3, 2, 4, 0)), ("rndrrs", register(3, 3, 2, 4, 1)),
    ("cntfrq_el0", register(3, 3, 14, 0, 0)), ("cntpct_el0", register(3, 3, 14, 0, 1)), ("cntvct_el0", register(3, 3, 14, 0, 2)),
    ("cntp_tval_el0", register(3, 3, 14, 2, 0)), ("cntp_ctl_el0", register(3, 3, 14, 2, 1)), ("cntp_cval_el0", register(3, 3, 14, 2, 2)),
    ("cntv_tval_el0", register(3, 3, 14, 3, 0)), ("cntv_ctl_el0", register(3, 3, 14, 3, 1)), ("cntv_cval_el0", register(3, 3, 14, 3, 2)),
    ("cntkctl_el1", register(3, 0, 14, 1, 0)), ("cntvoff_el2", register(3, 4, 14, 0, 3)), ("cnthctl_el2", register(3, 4, 14, 1, 0)),
    ("midr_el1", register(3, 0, 0, 0, 0)), ("mpidr_el1", register(3, 0, 0, 0, 5)), ("revidr_el1", register(3, 0, 0, 0, 6)),
    ("id_aa64pfr0_el1", register(3, 0, 0, 4, 0)), ("id_aa64pfr1_el1", register(3, 0, 0, 4, 1)), ("id_aa64dfr0_el1", register(3, 0, 0, 5, 0)), ("id_aa64dfr1_el1", register(3, 0, 0, 5, 1)),
    ("id_aa64isar0_el1", register(3, 0, 0, 6, 0)), ("id_aa64isar1_el1", register(3, 0, 0, 6, 1)), ("id_aa64isar2_el1", register(3, 0, 0, 6, 2)),
    ("id_aa64mmfr0_el1", register(3, 0, 0, 7, 0)), ("id_aa64mmfr1_el1", register(3, 0, 0, 7, 1)), ("id_aa64mmfr2_el1", register(3, 0, 0, 7, 2)), ("id_aa64zfr0_el1", register(3, 0, 0, 4, 4)),
    ("clidr_el1", register(3, 1, 0, 0, 1)), ("ccsidr_el1", register(3, 1, 0, 0, 0)), ("csselr_el1", register(3, 2, 0, 0, 0)), ("aidr_el1", register(3, 1, 0, 0, 7)),
    ("sctlr_el1", register(3, 0, 1, 0, 0)), ("actlr_el1", register(3, 0, 1, 0, 1)), ("cpacr_el1", register(3, 0, 1, 0, 2)), ("sctlr_el2", register(3, 4, 1, 0, 0)), ("sctlr_el3", register(3, 6, 1, 0, 0)),
    ("hcr_el2", register(3, 4, 1, 1, 0)), ("cptr_el2", register(3, 4, 1, 1, 2)), ("scr_el3", register(3, 6, 1, 1, 0)), ("cptr_el3", register(3, 6, 1, 1, 2)), ("mdcr_el2", register(3, 4, 1, 1, 1)),
    ("ttbr0_el1", register(3, 0, 2, 0, 0)), ("ttbr1_el1", register(3, 0, 2, 0, 1)), ("tcr_el1", register(3, 0, 2, 0, 2)), ("ttbr0_el2", register(3, 4, 2, 0, 0)), ("tcr_el2", register(3, 4, 2, 0, 2)),
    ("vttbr_el2", register(3, 4, 2, 1, 0)), ("vtcr_el2", register(3, 4, 2, 1, 2)),
    ("spsr_el1", register(3, 0, 4, 0, 0)), ("elr_el1", register(3, 0, 4, 0, 1)), ("sp_el0", register(3, 0, 4, 1, 0)), ("spsel", register(3, 0, 4, 2, 0)), ("currentel", register(3, 0, 4, 2, 2)),
    ("spsr_el2", register(3, 4, 4, 0, 0)), ("elr_el2", register(3, 4, 4, 0, 1)), ("sp_el1", register(3, 4, 4, 1, 0)), ("spsr_el3", register(3, 6, 4, 0, 0)), ("elr_el3", register(3, 6, 4, 0, 1)), ("sp_el2", register(3, 6, 4, 1, 0)),
    ("afsr0_el1", register(3, 0, 5, 1, 0)), ("afsr1_el1", register(3, 0, 5, 1, 1)), ("esr_el1", register(3, 0, 5, 2, 0)), ("esr_el2", register(3, 4, 5, 2, 0)), ("esr_el3", register(3, 6, 5, 2, 0)),
    ("far_el1", register(3, 0, 6, 0, 0)), ("far_el2", register(3, 4, 6, 0, 0)), ("far_el3", register(3, 6, 6, 0, 0)), ("hpfar_el2", register(3, 4, 6, 0, 4)), ("par_el1", register(3, 0, 7, 4, 0)),
    ("pmcr_el0", register(3, 3, 9, 12, 0)), ("pmcntenset_el0", register(3, 3, 9, 12, 1)), ("pmcntenclr_el0", register(3, 3, 9, 12, 2)), ("pmovsclr_el0", register(3, 3, 9, 12, 3)),
    ("pmselr_el0", register(3, 3, 9, 12, 5)), ("pmccntr_el0", register(3, 3, 9, 13, 0)), ("pmxevtyper_el0", register(3, 3, 9, 13, 1)), ("pmxevcntr_el0", register(3, 3, 9, 13, 2)), ("pmuserenr_el0", register(3, 3, 9, 14, 0)),
    ("pmccfiltr_el0", register(3, 3, 14, 15, 7)), ("pmintenset_el1", register(3, 0, 9, 14, 1)), ("pmintenclr_el1", register(3, 0, 9, 14, 2)),
    ("mair_el1", register(3, 0, 10, 2, 0)), ("amair_el1", register(3, 0, 10, 3, 0)), ("mair_el2", register(3, 4, 10, 2, 0)), ("vbar_el1", register(3, 0, 12, 0, 0)), ("vbar_el2", register(3, 4, 12, 0, 0)), ("vbar_el3", register(3, 6, 12, 0, 0)),
    ("isr_el1", register(3, 0, 12, 1, 0)), ("mdscr_el1", register(2, 0, 0, 2, 2)), ("oslar_el1", register(2, 0, 1, 0, 4)), ("oslsr_el1", register(2, 0, 1, 1, 4)), ("osdlr_el1", register(2, 0, 1, 3, 4)),
    ("vmpidr_el2", register(3, 4, 0, 0, 5)), ("vpidr_el2", register(3, 4, 0, 0, 0)),
];

/// Fields of `msr name, #imm`, as `op1:op2`.
pub const PROCESSOR_STATE: &[(&str, u8)] = &[
    ("spsel", 0o05),
    ("daifset", 0o36),
    ("daifclr", 0o37),
    ("uao", 0o03),
    ("pan", 0o04),
    ("ssbs", 0o31),
    ("dit", 0o32),
    ("tco", 0o34),
];

/// Options of `dmb` and `dsb`, by number; empty: written as a number.
pub const BARRIERS: [&str; 16] = [
    "", "oshld", "oshst", "osh", "", "nshld", "nshst", "nsh", "", "ishld", "ishst", "ish", "", "ld", "st",
    "sy",
];

/// Operations of `prfm`, by number; empty: written as a number.
#[rustfmt::skip]
pub const PREFETCHES: [&str; 32] = [
    "pldl1keep", "pldl1strm", "pldl2keep", "pldl2strm", "pldl3keep", "pldl3strm", "", "",
    "plil1keep", "plil1strm", "plil2keep", "plil2strm", "plil3keep", "plil3strm", "", "",
    "pstl1keep", "pstl1strm", "pstl2keep", "pstl2strm", "pstl3keep", "pstl3strm", "", "",
    "", "", "", "", "", "", "", "",
];

const fn operation(op1: u16, crn: u16, crm: u16, op2: u16) -> u16 {
    op1 << 11 | crn << 7 | crm << 3 | op2
}

/// Operations of `dc`, `ic`, `at` and `tlbi`: instruction, name, fields, whether there is a register.
#[rustfmt::skip]
pub const OPERATIONS: &[(&str, &str, u16, bool)] = &[
    ("dc", "zva", operation(3, 7, 4, 1), true), ("dc", "ivac", operation(0, 7, 6, 1), true), ("dc", "isw", operation(0, 7, 6, 2), true),
    ("dc", "cvac", operation(3, 7, 10, 1), true), ("dc", "csw", operation(0, 7, 10, 2), true), ("dc", "cvau", operation(3, 7, 11, 1), true),
    ("dc", "cvap", operation(3, 7, 12, 1), true), ("dc", "cvadp", operation(3, 7, 13, 1), true),
    ("dc", "civac", operation(3, 7, 14, 1), true), ("dc", "cisw", operation(0, 7, 14, 2), true),
    ("ic", "ialluis", operation(0, 7, 1, 0), false), ("ic", "iallu", operation(0, 7, 5, 0), false), ("ic", "ivau", operation(3, 7, 5, 1), true),
    ("at", "s1e1r", operation(0, 7, 8, 0), true), ("at", "s1e1w", operation(0, 7, 8, 1), true), ("at", "s1e0r", operation(0, 7, 8, 2), true), ("at", "s1e0w", operation(0, 7, 8, 3), true),
    ("at", "s1e2r", operation(4, 7, 8, 0), true), ("at", "s1e2w", operation(4, 7, 8, 1), true), ("at", "s12e1r", operation(4, 7, 8, 4), true), ("at", "s12e1w", operation(4, 7, 8, 5), true),
    ("at", "s1e3r", operation(6, 7, 8, 0), true), ("at", "s1e3w", operation(6, 7, 8, 1), true),
    ("tlbi", "vmalle1is", operation(0, 8, 3, 0), false), ("tlbi", "vae1is", operation(0, 8, 3, 1), true), ("tlbi", "aside1is", operation(0, 8, 3, 2), true), ("tlbi", "vaae1is", operation(0, 8, 3, 3), true),
    ("tlbi", "vale1is", operation(0, 8, 3, 5), true), ("tlbi", "vaale1is", operation(0, 8, 3, 7), true),
    ("tlbi", "vmalle1", operation(0, 8, 7, 0), false), ("tlbi", "vae1", operation(0, 8, 7, 1), true), ("tlbi", "aside1", operation(0, 8, 7, 2), true), ("tlbi", "vaae1", operation(0, 8, 7, 3), true),
    ("tlbi", "vale1", operation(0, 8, 7, 5), true), ("tlbi", "vaale1", operation(0, 8, 7, 7), true),
    ("tlbi", "ipas2e1is", operation(4, 8, 0, 1), true), ("tlbi", "ipas2le1is", operation(4, 8, 0, 5), true), ("tlbi", "ipas2e1", operation(4, 8, 4, 1), true), ("tlbi", "ipas2le1", operation(4, 8, 4, 5), true),
    ("tlbi", "alle2is", operation(4, 8, 3, 0), false), ("tlbi", "vae2is", operation(4, 8, 3, 1), true), ("tlbi", "alle1is", operation(4, 8, 3, 4), false), ("tlbi", "vmalls12e1is", operation(4, 8, 3, 6), false),
    ("tlbi", "alle2", operation(4, 8, 7, 0), false), ("tlbi", "vae2", operation(4, 8, 7, 1), true), ("tlbi", "alle1", operation(4, 8, 7, 4), false), ("tlbi", "vmalls12e1", operation(4, 8, 7, 6), false),
    ("tlbi", "alle3is", operation(6, 8, 3, 0), false), ("tlbi", "alle3", operation(6, 8, 7, 0), false), ("tlbi", "vae3", operation(6, 8, 7, 1), true), ("tlbi", "vae3is", operation(6, 8, 3, 1), true),
];

/// The system register with a name (lower case): one of the table, or `s3_0_c7_c1_2`.
pub fn register_named(name: &str) -> Option<u16> {
    if let Some((_, number)) = REGISTERS.iter().find(|(known, _)| *known == name) {
        return Some(*number);
    }
    let mut parts = name.split('_');
    let mut part = |prefix: &str, limit: u16| -> Option<u16> {
        let number: u16 = parts.next()?.strip_prefix(prefix)?.parse().ok()?;
        (number < limit).then_some(number)
    };
    let (op0, op1) = (part("s", 4)?, part("", 8)?);
    let (crn, crm, op2) = (part("c", 16)?, part("c", 16)?, part("", 8)?);
    (op0 >= 2 && parts.next().is_none()).then(|| register(op0, op1, crn, crm, op2))
}
