//! Output files: written beside their place and renamed, so that a cut-off write leaves nothing.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes a file in one step.
///
/// # Errors
/// The system's, when the file cannot be written; no partial file stays.
pub(crate) fn write_atomically(path: &str, bytes: &[u8]) -> std::io::Result<()> {
    if path == "-" {
        return std::io::stdout().write_all(bytes);
    }
    let path = Path::new(path);
    // Devices and pipes (`-o /dev/null`) are written, not replaced.
    if std::fs::metadata(path).is_ok_and(|m| !m.is_file()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let temporary = temporary_beside(path);
    let written = std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

/// A directory for temporaries that is removed when dropped.
pub(crate) struct TemporaryDir(PathBuf);

impl TemporaryDir {
    /// A new directory below `$TMPDIR`.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn new() -> std::io::Result<TemporaryDir> {
        let base = std::env::temp_dir();
        let mut number = 0u32;
        loop {
            let path = base.join(format!("lathe-{}-{number}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(TemporaryDir(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 1000 => {
                    number += 1
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// A path inside.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
