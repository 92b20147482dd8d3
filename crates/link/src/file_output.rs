//! The output file: whole or not at all.

use crate::constants as elf;
use crate::driver::{Output, path};
use crate::layout::{LARGEST, Layout};
use crate::{LinkError, LinkFailed, LinkOptions, Messages};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes the output file, the map and the dependency file.
pub(crate) fn finish(
    options: &LinkOptions,
    output: &mut Output,
    inputs: &[&Path],
    messages: &mut Messages,
) -> Result<(), LinkFailed> {
    if let Some(path) = path(options) {
        let result = write_whole(path, &output.bytes);
        output.bytes = Vec::new();
        if let Err(error) = result {
            messages.error(LinkError::Write { file: path.into(), reason: error.to_string() });
            return Err(LinkFailed);
        }
    }
    if let Some(file) = &options.dependency_file {
        let target = path(options).map(|path| path.display().to_string()).unwrap_or_default();
        let mut text = format!("{target}:");
        inputs.iter().for_each(|input| text.push_str(&format!(" \\\n  {}", input.display())));
        text.push('\n');
        inputs.iter().for_each(|input| text.push_str(&format!("\n{}:\n", input.display())));
        if let Err(error) = std::fs::write(file, text) {
            messages.error(LinkError::Write { file: file.clone(), reason: error.to_string() });
            return Err(LinkFailed);
        }
    }
    if let (Some(path), Some(map)) = (&options.map, &output.map)
        && path.as_os_str() != "-"
        && let Err(error) = std::fs::write(path, map)
    {
        messages.error(LinkError::Write { file: path.clone(), reason: error.to_string() });
        return Err(LinkFailed);
    }
    Ok(())
}

/// `--oformat binary`: what is loaded, from the lowest load address to the highest.
pub(crate) fn binary(layout: &Layout<'_>, image: &[u8]) -> Result<Vec<u8>, LinkError> {
    let loads = |address: u64| {
        let segments = layout.segments.iter().filter(|segment| segment.kind == elf::PT_LOAD);
        let segment = segments.clone().find(|s| s.address <= address && address - s.address < s.size.max(1));
        segment.and_then(|s| s.physical).map_or(address, |physical| {
            let start = segment.map_or(0, |segment| segment.address);
            physical.wrapping_add(address - start)
        })
    };
    let held = layout.sections.iter().filter(|s| s.is_alloc() && !s.has_no_bits() && s.size != 0);
    let held: Vec<(u64, &[u8])> = held
        .map(|section| {
            let start = section.file_offset as usize;
            (loads(section.address), &image[start..start + section.size as usize])
        })
        .collect();
    let start = held.iter().map(|(address, _)| *address).min().unwrap_or(0);
    let end =
        held.iter().map(|(address, bytes)| address.saturating_add(bytes.len() as u64)).max().unwrap_or(0);
    let size = end.saturating_sub(start);
    let mut out = Vec::new();
    if size > LARGEST || out.try_reserve_exact(size as usize).is_err() {
        return Err(LinkError::General { what: format!("no memory for an output of {size} bytes") });
    }
    out.resize(size as usize, 0);
    for (address, bytes) in held {
        let at = (address - start) as usize;
        out[at..at + bytes.len()].copy_from_slice(bytes);
    }
    Ok(out)
}

/// Writes beside the final place and renames; anything but a regular file is written directly.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Ok(metadata) = std::fs::metadata(path) {
        if metadata.is_dir() {
            return Err(std::io::Error::other("Is a directory"));
        }
        if !metadata.is_file() {
            return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
        }
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let temporary: PathBuf = directory.join(format!(".{name}.{}.tmp", std::process::id()));
    let result = write_new(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path));
    if result.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    result
}

#[cfg(unix)]
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    // The process's umask applies, as it does to GNU ld's output.
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o777).open(path)?;
    file.write_all(bytes)
}

#[cfg(not(unix))]
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(path, bytes)
}
