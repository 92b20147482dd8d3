//! The numbers of the ELF gABI and of its GNU and LSB extensions, as plain integers.
//!
//! Names are the specification's, so that they can be looked up there.
#![allow(missing_docs, dead_code, reason = "a table of names from the specification")]

macro_rules! numbers {
    ($kind:ty: $($name:ident = $value:expr),* $(,)?) => { $(pub(crate) const $name: $kind = $value;)* };
}

numbers!(u16: EM_386 = 3, EM_X86_64 = 62, EM_AARCH64 = 183, EM_RISCV = 243);
numbers!(u16: ET_REL = 1, ET_EXEC = 2, ET_DYN = 3);
numbers!(u16: SHN_UNDEF = 0, SHN_ABS = 0xfff1, SHN_COMMON = 0xfff2, SHN_XINDEX = 0xffff);
numbers!(u16: VER_NDX_LOCAL = 0, VER_NDX_GLOBAL = 1);
numbers!(u32:
    SHT_NULL = 0, SHT_PROGBITS = 1, SHT_SYMTAB = 2, SHT_STRTAB = 3, SHT_RELA = 4, SHT_HASH = 5, SHT_DYNAMIC = 6,
    SHT_NOTE = 7, SHT_NOBITS = 8, SHT_REL = 9, SHT_DYNSYM = 11, SHT_INIT_ARRAY = 14, SHT_FINI_ARRAY = 15,
    SHT_PREINIT_ARRAY = 16, SHT_GROUP = 17, SHT_SYMTAB_SHNDX = 18, SHT_LLVM_ADDRSIG = 0x6fff_4c03,
    SHT_GNU_HASH = 0x6fff_fff6, SHT_GNU_VERDEF = 0x6fff_fffd, SHT_GNU_VERNEED = 0x6fff_fffe,
    SHT_GNU_VERSYM = 0x6fff_ffff, SHT_X86_64_UNWIND = 0x7000_0001,
);
numbers!(u32:
    SHF_WRITE = 1, SHF_ALLOC = 2, SHF_EXECINSTR = 4, SHF_MERGE = 0x10, SHF_STRINGS = 0x20, SHF_INFO_LINK = 0x40,
    SHF_LINK_ORDER = 0x80, SHF_GROUP = 0x200, SHF_TLS = 0x400, SHF_COMPRESSED = 0x800,
    SHF_GNU_RETAIN = 0x20_0000, SHF_EXCLUDE = 0x8000_0000,
);
numbers!(u8: STB_LOCAL = 0, STB_GLOBAL = 1, STB_WEAK = 2, STB_GNU_UNIQUE = 10);
numbers!(u8:
    STT_NOTYPE = 0, STT_OBJECT = 1, STT_FUNC = 2, STT_SECTION = 3, STT_FILE = 4, STT_COMMON = 5, STT_TLS = 6,
    STT_GNU_IFUNC = 10,
);
numbers!(u8: STV_DEFAULT = 0, STV_INTERNAL = 1, STV_HIDDEN = 2, STV_PROTECTED = 3);
numbers!(u32:
    PT_NULL = 0, PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3, PT_NOTE = 4, PT_PHDR = 6, PT_TLS = 7,
    PT_GNU_EH_FRAME = 0x6474_e550, PT_GNU_STACK = 0x6474_e551, PT_GNU_RELRO = 0x6474_e552,
    PT_GNU_PROPERTY = 0x6474_e553,
);
numbers!(u32: PF_X = 1, PF_W = 2, PF_R = 4);
numbers!(u32:
    R_X86_64_64 = 1, R_X86_64_COPY = 5, R_X86_64_GLOB_DAT = 6, R_X86_64_JUMP_SLOT = 7, R_X86_64_RELATIVE = 8,
    R_X86_64_DTPMOD64 = 16, R_X86_64_DTPOFF64 = 17, R_X86_64_TPOFF64 = 18, R_X86_64_TLSDESC = 36,
    R_X86_64_IRELATIVE = 37, R_X86_64_REX_GOTPCRELX = 42,
);
