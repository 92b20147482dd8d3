//! `<stdio.h>` other than formatting, and `read`, `write`.

use super::files::{FileId, file_at};
use super::{HostCall, MINUS_ONE, Table};
use crate::error::Stop;
use crate::machine::Interpreter;

type R = Result<u128, Stop>;

pub(super) const TABLE: Table = &[
    ("puts", |m, c| {
        let mut text = m.memory.string(c.ptr(0))?.to_vec();
        text.push(b'\n');
        m.host.files.write(FileId::STDOUT, &text)?;
        Ok(text.len() as u128)
    }),
    ("putchar", |m, c| put(m, FileId::STDOUT, c.bits(0))),
    ("putchar_unlocked", |m, c| put(m, FileId::STDOUT, c.bits(0))),
    ("putc", put_to),
    ("fputc", put_to),
    ("_IO_putc", put_to),
    ("putc_unlocked", put_to),
    ("fputs", |m, c| {
        let text = m.memory.string(c.ptr(0))?.to_vec();
        let file = file_at(m, c.ptr(1))?;
        m.host.files.write(file, &text)?;
        Ok(1)
    }),
    ("fwrite", |m, c| {
        let (size, count) = (c.ptr(1), c.ptr(2));
        let total = size.saturating_mul(count);
        if total == 0 {
            return Ok(0);
        }
        let bytes = m.memory.bytes(c.ptr(0), total)?.to_vec();
        let file = file_at(m, c.ptr(3))?;
        let ok = m.host.files.write(file, &bytes)?;
        Ok(if ok { count.into() } else { 0 })
    }),
    ("fread", |m, c| {
        let (size, count) = (c.ptr(1), c.ptr(2));
        let total = size.saturating_mul(count);
        let file = file_at(m, c.ptr(3))?;
        let bytes = take(m, file, total)?;
        if !bytes.is_empty() {
            m.memory.bytes_mut(c.ptr(0), bytes.len() as u64)?.copy_from_slice(&bytes);
        }
        Ok(if size == 0 { 0 } else { bytes.len() as u128 / u128::from(size) })
    }),
    ("getchar", |m, _| get(m, FileId::STDIN)),
    ("getc", get_from),
    ("fgetc", get_from),
    ("_IO_getc", get_from),
    ("getc_unlocked", get_from),
    ("ungetc", |m, c| {
        let file = file_at(m, c.ptr(1))?;
        if c.int(0) >= 0 {
            m.host.files.unread(file, c.bits(0) as u8);
        }
        Ok(c.bits(0))
    }),
    ("fgets", |m, c| {
        let file = file_at(m, c.ptr(2))?;
        let limit = c.int(1).max(1) as usize - 1;
        let mut line = Vec::new();
        while line.len() < limit {
            let Some(byte) = m.host.files.read_byte(file)? else { break };
            line.push(byte);
            if byte == b'\n' {
                break;
            }
        }
        if line.is_empty() {
            return Ok(0);
        }
        line.push(0);
        m.memory.bytes_mut(c.ptr(0), line.len() as u64)?.copy_from_slice(&line);
        Ok(c.bits(0))
    }),
    ("fopen", open),
    ("fopen64", open),
    ("fclose", |m, c| {
        let file = file_at(m, c.ptr(0))?;
        Ok(if m.host.files.close(file)? { 0 } else { MINUS_ONE })
    }),
    ("fflush", |m, c| {
        if c.ptr(0) == 0 {
            m.host.files.flush_all()?;
        } else {
            let file = file_at(m, c.ptr(0))?;
            m.host.files.flush(file)?;
        }
        Ok(0)
    }),
    ("feof", |m, c| {
        let file = file_at(m, c.ptr(0))?;
        Ok(m.host.files.at_end(file).into())
    }),
    ("ferror", |m, c| {
        let file = file_at(m, c.ptr(0))?;
        Ok(m.host.files.failed(file).into())
    }),
    ("clearerr", |m, c| {
        let file = file_at(m, c.ptr(0))?;
        m.host.files.clear_errors(file);
        Ok(0)
    }),
    ("fileno", |m, c| Ok(file_at(m, c.ptr(0))?.0 as u128)),
    ("fseek", seek),
    ("fseeko", seek),
    ("fseeko64", seek),
    ("ftell", tell),
    ("ftello", tell),
    ("ftello64", tell),
    ("rewind", |m, c| {
        let file = file_at(m, c.ptr(0))?;
        m.host.files.seek(file, 0, 0)?;
        m.host.files.clear_errors(file);
        Ok(0)
    }),
    ("setvbuf", |_, _| Ok(0)),
    ("setbuf", |_, _| Ok(0)),
    ("remove", |m, c| {
        let name = String::from_utf8_lossy(m.memory.string(c.ptr(0))?).into_owned();
        let removed = m.host.files.allowed() && std::fs::remove_file(name).is_ok();
        if !removed {
            m.set_errno(super::ENOENT)?;
        }
        Ok(if removed { 0 } else { MINUS_ONE })
    }),
    ("perror", |m, c| {
        let address = m.errno()?;
        let number = m.memory.load(address, 4)? as i32;
        let mut text = Vec::new();
        if c.ptr(0) != 0 {
            text.extend_from_slice(m.memory.string(c.ptr(0))?);
            text.extend_from_slice(b": ");
        }
        text.extend_from_slice(super::files::error_text(number).as_bytes());
        text.push(b'\n');
        m.host.files.write(FileId(2), &text)?;
        Ok(0)
    }),
    ("write", |m, c| {
        let bytes = if c.ptr(2) == 0 { Vec::new() } else { m.memory.bytes(c.ptr(1), c.ptr(2))?.to_vec() };
        let file = FileId(c.int(0) as usize);
        let ok = m.host.files.is_open(file) && m.host.files.write(file, &bytes)?;
        Ok(if ok { c.bits(2) } else { MINUS_ONE })
    }),
    ("read", |m, c| {
        let file = FileId(c.int(0) as usize);
        if !m.host.files.is_open(file) {
            return Ok(MINUS_ONE);
        }
        let bytes = take(m, file, c.ptr(2))?;
        if !bytes.is_empty() {
            m.memory.bytes_mut(c.ptr(1), bytes.len() as u64)?.copy_from_slice(&bytes);
        }
        Ok(bytes.len() as u128)
    }),
];

fn put(m: &mut Interpreter<'_>, file: FileId, bits: u128) -> R {
    m.host.files.write(file, &[bits as u8])?;
    Ok(bits & 0xff)
}

fn put_to(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let file = file_at(m, c.ptr(1))?;
    put(m, file, c.bits(0))
}

fn get(m: &mut Interpreter<'_>, file: FileId) -> R {
    Ok(m.host.files.read_byte(file)?.map_or(MINUS_ONE, u128::from))
}

fn get_from(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let file = file_at(m, c.ptr(0))?;
    get(m, file)
}

/// Up to `limit` bytes.
fn take(m: &mut Interpreter<'_>, file: FileId, limit: u64) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < limit {
        let Some(byte) = m.host.files.read_byte(file)? else { break };
        bytes.push(byte);
    }
    Ok(bytes)
}

fn open(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let name = m.memory.string(c.ptr(0))?.to_vec();
    let mode = m.memory.string(c.ptr(1))?.to_vec();
    match m.host.files.open(&name, &mode) {
        Ok(id) => Ok(super::files::standard(m, id.0)?.into()),
        Err(number) => {
            m.set_errno(number)?;
            Ok(0)
        }
    }
}

fn seek(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let file = file_at(m, c.ptr(0))?;
    let ok = m.host.files.seek(file, c.int(1), c.int(2))?;
    Ok(if ok { 0 } else { MINUS_ONE })
}

fn tell(m: &mut Interpreter<'_>, c: &HostCall<'_>) -> R {
    let file = file_at(m, c.ptr(0))?;
    Ok(m.host.files.tell(file).map_or(MINUS_ONE, u128::from))
}
