//! Macros that number the rows of a target's fixup and modifier tables and name them.

/// Fixup constants and their table `FIXUPS`: name, bytes of the field, pc-relative, [`crate::Signedness`], bits of the value.
#[macro_export]
macro_rules! fixup_table {
    ($($(#[$doc:meta])* $name:ident $bytes:literal $pc:literal $sign:ident $bits:literal;)*) => {
        $crate::fixup_table!(@ 0u8; $($(#[$doc])* $name;)*);
        /// By [`lathe_isa::FixupKind`].
        pub static FIXUPS: &[$crate::FixupInfo] = &[$($crate::FixupInfo {
            name: stringify!($name), size_bytes: $bytes, pc_relative: $pc,
            signedness: $crate::Signedness::$sign, bits: $bits,
        }),*];
    };
    (@ $n:expr; $(#[$doc:meta])* $head:ident; $($rest:tt)*) => {
        $(#[$doc])* pub const $head: $crate::FixupKind = $crate::FixupKind($n);
        $crate::fixup_table!(@ $n + 1; $($rest)*);
    };
    (@ $n:expr;) => {};
}

/// Modifier constants and their table `MODIFIERS`: constant, text, whether it makes the symbol thread-local.
#[macro_export]
macro_rules! modifier_table {
    ($($name:ident $text:literal $tls:literal;)*) => {
        $crate::modifier_table!(@ 0u8; $($name $text;)*);
        /// By [`lathe_isa::Modifier`].
        pub static MODIFIERS: &[$crate::ModifierInfo] =
            &[$($crate::ModifierInfo { name: $text, thread_local: $tls }),*];
    };
    (@ $n:expr; $head:ident $text:literal; $($rest:tt)*) => {
        #[doc = concat!("`", $text, "`")]
        pub const $head: $crate::Modifier = $crate::Modifier($n);
        $crate::modifier_table!(@ $n + 1; $($rest)*);
    };
    (@ $n:expr;) => {};
}
