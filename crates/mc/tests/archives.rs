//! Archives against GNU ar, in both directions.

mod compare;

use compare::{assemble, directory};
use lathe_mc::archive::{Archive, ArchiveError, NewMember, defined_symbols, write};
use std::path::Path;
use std::process::Command;

fn members(test: &str, count: usize) -> Vec<(String, Vec<u8>)> {
    (0..count)
        .map(|at| {
            let padding = "x".repeat(at % 3);
            let text = format!(
                ".globl f{at}, data{at}\nf{at}: call f{}\n ret\n.data\ndata{at}: .ascii \"{padding}\"\n.weak w{at}\nw{at}: .byte 1\n.comm c{at},4,4\nlocal: .byte 2\n",
                at + 1
            );
            let long = if at % 2 == 1 { "-with-a-long-name" } else { "" };
            (format!("member{at}{long}.o"), assemble(&format!("{test}{at}"), &text, &[]))
        })
        .collect()
}

fn gnu(directory: &Path, flags: &str, members: &[(String, Vec<u8>)]) -> Vec<u8> {
    for (name, data) in members {
        std::fs::write(directory.join(name), data).expect("write member");
    }
    let _ = std::fs::remove_file(directory.join("gnu.a"));
    let names = members.iter().map(|(name, _)| name);
    let status = Command::new("ar").current_dir(directory).args([flags, "gnu.a"]).args(names).status();
    assert!(status.expect("ar").success());
    std::fs::read(directory.join("gnu.a")).expect("read archive")
}

fn ours(members: &[(String, Vec<u8>)], is_thin: bool) -> Vec<u8> {
    let list: Vec<NewMember<'_>> = members
        .iter()
        .map(|(name, data)| NewMember { name: name.clone(), data, symbols: defined_symbols(data) })
        .collect();
    write(&list, is_thin)
}

#[test]
fn written_as_gnu_ar_does() {
    for count in [0, 1, 2, 7] {
        let members = members("arw", count);
        let directory = directory(&format!("ar{count}"));
        assert_eq!(ours(&members, false), gnu(&directory, "rcD", &members), "{count} members");
        if count > 0 {
            assert_eq!(ours(&members, true), gnu(&directory, "rcDT", &members), "{count} members, thin");
        }
    }
}

#[test]
fn read_back() {
    let members = members("arr", 5);
    let directory = directory("arr");
    for (flags, is_thin) in [("rcD", false), ("rcDT", true)] {
        let bytes = gnu(&directory, flags, &members);
        let archive = Archive::read(&bytes).expect("an archive");
        assert_eq!(archive.is_thin, is_thin);
        assert_eq!(archive.members.len(), 5);
        for (member, (name, data)) in archive.members.iter().zip(&members) {
            assert_eq!(member.name, name.as_bytes());
            assert_eq!(member.size_bytes, data.len() as u64);
            assert_eq!(member.data, (!is_thin).then_some(&data[..]));
        }
        let expected: Vec<(Vec<u8>, usize)> = members
            .iter()
            .enumerate()
            .flat_map(|(at, (_, data))| defined_symbols(data).into_iter().map(move |name| (name, at)))
            .collect();
        let found: Vec<_> = archive.symbols.iter().map(|(name, at)| (name.to_vec(), *at)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn broken_archives_are_errors() {
    assert_eq!(Archive::read(b"ELF").unwrap_err(), ArchiveError::NotAnArchive);
    let members = members("arb", 3);
    let whole = ours(&members, false);
    for length in 8..whole.len().min(3000) {
        let _ = Archive::read(&whole[..length]);
        let mut changed = whole.clone();
        changed[length] ^= 0x55;
        let _ = Archive::read(&changed);
    }
    assert!(Archive::read(&whole[..whole.len() - 20]).is_err());
}
