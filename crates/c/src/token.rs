//! Tokens and the keyword table.
//!
//! A [`Token`] is twelve bytes, `Copy`, and owns nothing: names live in the identifier
//! [`crate::intern::Interner`], spellings of numbers, characters and strings in the literal one
//! (both are fields of [`crate::pp::Preprocessor`]). Made by the lexer and the macro expander,
//! consumed by the parser and the `-E` printer.

use crate::intern::Name;
use lathe_diag::{Loc, Span};

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum TokenKind {
    /// End of the translation unit.
    Eof,
    /// An identifier that is no keyword; payload: [`Name`].
    Identifier,
    /// A keyword of the dialect; payload: [`Name`], see [`Token::keyword`]. Only the tokens that
    /// `next_token` delivers have this kind: while preprocessing, keywords are identifiers.
    Keyword,
    /// A preprocessing number; payload: literal id ([`Literal`]). See `literal::parse_number`.
    Number,
    /// A character constant with its prefix and quotes; payload: literal id.
    Char,
    /// One string literal with its prefix and quotes; payload: literal id. Adjacent literals are not
    /// joined: see `literal::concat_strings`.
    String,
    /// A pragma that the parser handles; payload: index for `Preprocessor::pragma`.
    Pragma,
    /// `#embed` data, delivered as one token standing for a comma list of integer constants;
    /// payload: index for `Preprocessor::embedded`.
    Embed,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `[` or `<:`
    LeftBracket,
    /// `]` or `:>`
    RightBracket,
    /// `{` or `<%`
    LeftBrace,
    /// `}` or `%>`
    RightBrace,
    /// `;`
    Semicolon,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `::` (C23 attributes; in older modes two colons)
    ColonColon,
    /// `?`
    Question,
    /// `.`
    Dot,
    /// `...`
    Ellipsis,
    /// `->`
    Arrow,
    /// `~`
    Tilde,
    /// `!`
    Bang,
    /// `!=`
    BangEqual,
    /// `=`
    Equal,
    /// `==`
    EqualEqual,
    /// `+`
    Plus,
    /// `++`
    PlusPlus,
    /// `+=`
    PlusEqual,
    /// `-`
    Minus,
    /// `--`
    MinusMinus,
    /// `-=`
    MinusEqual,
    /// `*`
    Star,
    /// `*=`
    StarEqual,
    /// `/`
    Slash,
    /// `/=`
    SlashEqual,
    /// `%`
    Percent,
    /// `%=`
    PercentEqual,
    /// `&`
    Amp,
    /// `&&`
    AmpAmp,
    /// `&=`
    AmpEqual,
    /// `|`
    Pipe,
    /// `||`
    PipePipe,
    /// `|=`
    PipeEqual,
    /// `^`
    Caret,
    /// `^=`
    CaretEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `<<`
    LessLess,
    /// `<<=`
    LessLessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `>>`
    GreaterGreater,
    /// `>>=`
    GreaterGreaterEqual,
    /// `#` or `%:` (a stray one, to the parser)
    Hash,
    /// `##` or `%:%:`
    HashHash,
    /// Any other byte or an unterminated literal; payload: literal id of its spelling.
    Other,
    /// `<name>` of an `#include`; payload: literal id. Never delivered.
    HeaderName,
    /// A comment kept by `-C`; payload: literal id. Only in text output.
    Comment,
    /// In a macro body: the parameter with this number. Never delivered.
    Parameter,
    /// In a macro body: `#` and the parameter with this number. Never delivered.
    Stringify,
    /// In a macro body: `__VA_OPT__(`; payload: index of the matching `)`. Never delivered.
    VaOptBegin,
    /// In a macro body: the `)` of `__VA_OPT__(`. Never delivered.
    VaOptEnd,
    /// End of a directive line or of a macro argument. Never delivered.
    EndOfLine,
}

/// Properties of a token, a bit set.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TokenFlags(pub u8);

impl TokenFlags {
    /// None.
    pub const NONE: TokenFlags = TokenFlags(0);
    /// White space or a comment comes before it.
    pub const LEADING_SPACE: TokenFlags = TokenFlags(1);
    /// It is the first of its line.
    pub const LINE_START: TokenFlags = TokenFlags(2);
    /// An identifier that must not be expanded any more (C11 6.10.3.4 p2).
    pub const NO_EXPAND: TokenFlags = TokenFlags(4);
    /// It came out of a macro body (its location is the macro's invocation).
    pub const FROM_MACRO: TokenFlags = TokenFlags(8);
    /// It stands in a system header or came from a macro defined in one.
    pub const SYSTEM: TokenFlags = TokenFlags(16);
    /// In a macro body: `##` follows.
    pub const PASTE_LEFT: TokenFlags = TokenFlags(32);
    /// Spelled as a digraph (`<:`, `%:`), or an identifier with extended characters.
    pub const ALTERNATIVE: TokenFlags = TokenFlags(64);

    /// Whether all of `other` are set.
    #[inline]
    pub fn has(self, other: TokenFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// This set and `other`.
    #[inline]
    #[must_use]
    pub fn with(self, other: TokenFlags) -> TokenFlags {
        TokenFlags(self.0 | other.0)
    }

    /// This set without `other`.
    #[inline]
    #[must_use]
    pub fn without(self, other: TokenFlags) -> TokenFlags {
        TokenFlags(self.0 & !other.0)
    }
}

/// An interned literal spelling: equal literals have equal ids, so conversions can be cached by id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Literal(pub u32);

/// One token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its properties.
    pub flags: TokenFlags,
    /// Bytes that it covers at `loc` (at most 65535; 0 where unknown).
    pub len: u16,
    /// [`Name`], [`Literal`] or index, by kind.
    pub payload: u32,
    /// Where it stands; for a token of a macro body, where the outermost macro is invoked.
    pub loc: Loc,
}

impl Token {
    /// A token without payload.
    pub fn new(kind: TokenKind, loc: Loc) -> Token {
        Token { kind, flags: TokenFlags::NONE, len: 0, payload: 0, loc }
    }

    /// The range to underline.
    pub fn span(self) -> Span {
        Span::new(self.loc, self.len.max(1) as u32)
    }

    /// The name of an identifier or keyword.
    #[inline]
    pub fn name(self) -> Name {
        debug_assert!(matches!(self.kind, TokenKind::Identifier | TokenKind::Keyword));
        Name(self.payload)
    }

    /// The literal id of a number, character or string.
    #[inline]
    pub fn literal(self) -> Literal {
        Literal(self.payload)
    }

    /// Which keyword a [`TokenKind::Keyword`] token is; all spellings of one keyword (`const`,
    /// `__const`, `__const__`) give the same.
    #[inline]
    pub fn keyword(self) -> Keyword {
        debug_assert!(self.kind == TokenKind::Keyword);
        KEYWORDS[self.payload as usize].keyword
    }

    /// Whether this is the given keyword.
    #[inline]
    pub fn is_keyword(self, keyword: Keyword) -> bool {
        self.kind == TokenKind::Keyword && self.keyword() == keyword
    }
}

/// In which dialects a spelling is a keyword.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeywordIn {
    /// All.
    Always,
    /// C99 and later.
    C99,
    /// C99 and later, and gnu89.
    C99OrGnu,
    /// C23.
    C23,
    /// GNU modes.
    Gnu,
    /// GNU modes and C23.
    C23OrGnu,
}

/// One row of [`KEYWORDS`].
#[derive(Clone, Copy, Debug)]
pub struct KeywordRow {
    /// As written.
    pub spelling: &'static str,
    /// What it means.
    pub keyword: Keyword,
    /// Where it is one.
    pub dialects: KeywordIn,
}

macro_rules! keywords {
    ($($keyword:ident: $($spelling:literal $dialects:ident),+;)*) => {
        /// A keyword, whatever its spelling.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum Keyword { $($keyword),* }

        /// All keyword spellings; the index is the [`Name`].
        pub const KEYWORDS: &[KeywordRow] = &[$($(
            KeywordRow {
                spelling: $spelling, keyword: Keyword::$keyword, dialects: KeywordIn::$dialects,
            }
        ),+),*];
    };
}

keywords! {
    // Statements.
    If: "if" Always; Else: "else" Always; While: "while" Always; Do: "do" Always; For: "for" Always;
    Switch: "switch" Always; Case: "case" Always; Default: "default" Always; Break: "break" Always;
    Continue: "continue" Always; Return: "return" Always; Goto: "goto" Always;
    // Types.
    Void: "void" Always; Char: "char" Always; Short: "short" Always; Int: "int" Always; Long: "long" Always;
    Float: "float" Always; Double: "double" Always;
    Signed: "signed" Always, "__signed" Always, "__signed__" Always;
    Unsigned: "unsigned" Always;
    Bool: "_Bool" Always, "bool" C23;
    Complex: "_Complex" Always, "__complex" Always, "__complex__" Always;
    Imaginary: "_Imaginary" Always;
    Real: "__real" Always, "__real__" Always;
    Imag: "__imag" Always, "__imag__" Always;
    Int128: "__int128" Always, "__int128_t" Always;
    UInt128: "__uint128_t" Always;
    Float16: "_Float16" Always; Float32: "_Float32" Always; Float64: "_Float64" Always;
    Float128: "_Float128" Always, "__float128" Always; Float32x: "_Float32x" Always; Float64x: "_Float64x" Always;
    Float80: "__float80" Always; BFloat16: "__bf16" Always;
    Decimal32: "_Decimal32" Always; Decimal64: "_Decimal64" Always; Decimal128: "_Decimal128" Always;
    BitInt: "_BitInt" Always;
    Struct: "struct" Always; Union: "union" Always; Enum: "enum" Always;
    Typeof: "typeof" C23OrGnu, "__typeof" Always, "__typeof__" Always;
    TypeofUnqual: "typeof_unqual" C23, "__typeof_unqual" Always, "__typeof_unqual__" Always;
    AutoType: "__auto_type" Always;
    BuiltinVaList: "__builtin_va_list" Always;
    // Storage, qualifiers, function specifiers.
    Typedef: "typedef" Always; Extern: "extern" Always; Static: "static" Always; Auto: "auto" Always;
    Register: "register" Always;
    ThreadLocal: "_Thread_local" Always, "__thread" Always, "thread_local" C23;
    Constexpr: "constexpr" C23;
    Const: "const" Always, "__const" Always, "__const__" Always;
    Volatile: "volatile" Always, "__volatile" Always, "__volatile__" Always;
    Restrict: "restrict" C99, "__restrict" Always, "__restrict__" Always;
    Atomic: "_Atomic" Always;
    Inline: "inline" C99OrGnu, "__inline" Always, "__inline__" Always;
    Noreturn: "_Noreturn" Always;
    Alignas: "_Alignas" Always, "alignas" C23;
    // Operators.
    Sizeof: "sizeof" Always;
    Alignof: "_Alignof" Always, "alignof" C23;
    // gcc's `__alignof__` gives the preferred alignment, `_Alignof` the minimum one.
    GnuAlignof: "__alignof" Always, "__alignof__" Always;
    Generic: "_Generic" Always;
    StaticAssert: "_Static_assert" Always, "static_assert" C23;
    True: "true" C23; False: "false" C23; Nullptr: "nullptr" C23;
    Asm: "asm" Gnu, "__asm" Always, "__asm__" Always;
    Attribute: "__attribute" Always, "__attribute__" Always;
    Extension: "__extension__" Always;
    Label: "__label__" Always;
    // Builtins with types as arguments or special syntax.
    BuiltinVaArg: "__builtin_va_arg" Always;
    BuiltinOffsetof: "__builtin_offsetof" Always;
    BuiltinTypesCompatible: "__builtin_types_compatible_p" Always;
    BuiltinChooseExpr: "__builtin_choose_expr" Always;
    BuiltinTgmath: "__builtin_tgmath" Always;
    BuiltinComplex: "__builtin_complex" Always;
    BuiltinShuffle: "__builtin_shuffle" Always;
    BuiltinShuffleVector: "__builtin_shufflevector" Always;
    BuiltinConvertVector: "__builtin_convertvector" Always;
    BuiltinHasAttribute: "__builtin_has_attribute" Always;
    BuiltinCallWithStaticChain: "__builtin_call_with_static_chain" Always;
}

impl TokenKind {
    /// The spelling of a punctuator; `None` for the rest.
    pub fn punctuator(self) -> Option<&'static str> {
        use TokenKind::*;
        Some(match self {
            LeftParen => "(",
            RightParen => ")",
            LeftBracket => "[",
            RightBracket => "]",
            LeftBrace => "{",
            RightBrace => "}",
            Semicolon => ";",
            Comma => ",",
            Colon => ":",
            ColonColon => "::",
            Question => "?",
            Dot => ".",
            Ellipsis => "...",
            Arrow => "->",
            Tilde => "~",
            Bang => "!",
            BangEqual => "!=",
            Equal => "=",
            EqualEqual => "==",
            Plus => "+",
            PlusPlus => "++",
            PlusEqual => "+=",
            Minus => "-",
            MinusMinus => "--",
            MinusEqual => "-=",
            Star => "*",
            StarEqual => "*=",
            Slash => "/",
            SlashEqual => "/=",
            Percent => "%",
            PercentEqual => "%=",
            Amp => "&",
            AmpAmp => "&&",
            AmpEqual => "&=",
            Pipe => "|",
            PipePipe => "||",
            PipeEqual => "|=",
            Caret => "^",
            CaretEqual => "^=",
            Less => "<",
            LessEqual => "<=",
            LessLess => "<<",
            LessLessEqual => "<<=",
            Greater => ">",
            GreaterEqual => ">=",
            GreaterGreater => ">>",
            GreaterGreaterEqual => ">>=",
            Hash => "#",
            HashHash => "##",
            _ => return None,
        })
    }

    /// The spelling of the digraph of a punctuator that has one.
    pub fn digraph(self) -> Option<&'static str> {
        Some(match self {
            TokenKind::LeftBracket => "<:",
            TokenKind::RightBracket => ":>",
            TokenKind::LeftBrace => "<%",
            TokenKind::RightBrace => "%>",
            TokenKind::Hash => "%:",
            TokenKind::HashHash => "%:%:",
            _ => return None,
        })
    }
}
