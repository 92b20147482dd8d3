//! Lathe's own freestanding headers, inside the program: a virtual directory that is searched where a
//! compiler's own include directory would be.
//!
//! In: a header name. Out: its text. Called by the header search (`pp::include`). The texts are ours;
//! what they define is C11 7.7, 7.9, 7.10, 7.15, 7.16, 7.17, 7.18, 7.19, 7.20, 7.23, 7.25, C23's additions,
//! and the GNU names that programs use.

/// The name of the virtual directory.
pub const DIRECTORY: &str = "<lathe>";

macro_rules! headers {
    ($($name:literal)*) => {
        /// All headers and their texts.
        pub const HEADERS: &[(&str, &str)] = &[$(($name, include_str!(concat!("include/", $name)))),*];
    };
}

headers! {
    "cpuid.h" "float.h" "iso646.h" "limits.h" "stdalign.h" "stdarg.h" "stdatomic.h" "stdbool.h"
    "stdckdint.h" "stddef.h" "stdint.h" "stdnoreturn.h" "tgmath.h"
}

/// The index and text of a header.
pub fn find(name: &str) -> Option<(usize, &'static str)> {
    let index = HEADERS.binary_search_by(|(header, _)| (*header).cmp(name)).ok()?;
    Some((index, HEADERS[index].1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(HEADERS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(find("stddef.h").is_some() && find("stdio.h").is_none());
    }
}
