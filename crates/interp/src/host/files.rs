//! Open files: the three standard ones and those that the program opens.

use crate::error::{ErrorKind, Stop, fault};
use crate::machine::Interpreter;
use std::io::{Read, Seek, SeekFrom, Write};

/// Number of an open file; also its file descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileId(pub usize);

impl FileId {
    /// Standard input.
    pub const STDIN: FileId = FileId(0);
    /// Standard output.
    pub const STDOUT: FileId = FileId(1);
}

/// Bytes that are gathered before they are written.
const BUFFER: usize = 1 << 16;

enum Stream {
    Input(Box<dyn Read>),
    Output(Box<dyn Write>),
    Disk(std::fs::File),
}

struct OpenFile {
    stream: Stream,
    /// Address of the `FILE`, once the program has one.
    address: u64,
    /// Read but not yet given out: `input[taken..]`.
    input: Vec<u8>,
    taken: usize,
    output: Vec<u8>,
    at_end: bool,
    failed: bool,
    unbuffered: bool,
}

/// All open files.
pub struct Files {
    files: Vec<Option<OpenFile>>,
    allow: bool,
}

impl Files {
    pub fn new(stdin: Box<dyn Read>, stdout: Box<dyn Write>, stderr: Box<dyn Write>, allow: bool) -> Files {
        let mut files = Files { files: Vec::new(), allow };
        files.add(Stream::Input(stdin));
        files.add(Stream::Output(stdout));
        let errors = files.add(Stream::Output(stderr));
        if let Some(file) = &mut files.files[errors.0] {
            file.unbuffered = true;
        }
        files
    }

    fn add(&mut self, stream: Stream) -> FileId {
        let file = OpenFile {
            stream,
            address: 0,
            input: Vec::new(),
            taken: 0,
            output: Vec::new(),
            at_end: false,
            failed: false,
            unbuffered: false,
        };
        let free = self.files.iter().skip(3).position(Option::is_none).map(|n| n + 3);
        match free {
            Some(index) => {
                self.files[index] = Some(file);
                FileId(index)
            }
            None => {
                self.files.push(Some(file));
                FileId(self.files.len() - 1)
            }
        }
    }

    /// Opens a file of the disk with a mode of `fopen`.
    pub fn open(&mut self, name: &[u8], mode: &[u8]) -> Result<FileId, i32> {
        if !self.allow {
            return Err(13);
        }
        let plus = mode.contains(&b'+');
        let mut options = std::fs::OpenOptions::new();
        match mode.first() {
            Some(b'r') => options.read(true).write(plus),
            Some(b'w') => options.read(plus).write(true).create(true).truncate(true),
            Some(b'a') => options.read(plus).append(true).create(true),
            _ => return Err(super::EINVAL),
        };
        let name = String::from_utf8_lossy(name).into_owned();
        match options.open(name) {
            Ok(file) => Ok(self.add(Stream::Disk(file))),
            Err(error) => Err(error.raw_os_error().unwrap_or(super::ENOENT)),
        }
    }

    fn get(&mut self, id: FileId) -> Option<&mut OpenFile> {
        self.files.get_mut(id.0)?.as_mut()
    }

    /// Whether the number names an open file.
    pub fn is_open(&self, id: FileId) -> bool {
        self.files.get(id.0).is_some_and(Option::is_some)
    }

    /// The open file whose `FILE` is at an address.
    pub fn by_address(&self, address: u64) -> Option<FileId> {
        let at = |f: &Option<OpenFile>| f.as_ref().is_some_and(|f| f.address == address);
        if address == 0 { None } else { self.files.iter().position(at).map(FileId) }
    }

    pub fn set_address(&mut self, id: FileId, address: u64) {
        if let Some(file) = self.get(id) {
            file.address = address;
        }
    }

    pub fn address(&mut self, id: FileId) -> u64 {
        self.get(id).map_or(0, |f| f.address)
    }

    /// Writes; `false` when the file cannot be written.
    pub fn write(&mut self, id: FileId, bytes: &[u8]) -> Result<bool, Stop> {
        let Some(file) = self.get(id) else { return Ok(false) };
        file.forget_input();
        file.output.extend_from_slice(bytes);
        if file.output.len() >= BUFFER || file.unbuffered {
            return self.flush(id);
        }
        Ok(!matches!(file.stream, Stream::Input(_)))
    }

    /// Writes out what is buffered.
    pub fn flush(&mut self, id: FileId) -> Result<bool, Stop> {
        let Some(file) = self.get(id) else { return Ok(false) };
        let output = std::mem::take(&mut file.output);
        let outcome = match &mut file.stream {
            Stream::Input(_) => {
                file.failed = !output.is_empty();
                return Ok(output.is_empty());
            }
            Stream::Output(out) => out.write_all(&output).and_then(|()| out.flush()),
            Stream::Disk(disk) => disk.write_all(&output),
        };
        match outcome {
            Ok(()) => Ok(true),
            Err(_) if matches!(file.stream, Stream::Disk(_)) => {
                file.failed = true;
                Ok(false)
            }
            Err(error) => fault(ErrorKind::Output, format!("writing the program's output failed: {error}")),
        }
    }

    pub fn flush_all(&mut self) -> Result<(), Stop> {
        (0..self.files.len()).try_for_each(|i| self.flush(FileId(i)).map(|_| ()))
    }

    /// The next byte, `None` at the end.
    pub fn read_byte(&mut self, id: FileId) -> Result<Option<u8>, Stop> {
        self.flush(id)?;
        let Some(file) = self.get(id) else { return Ok(None) };
        if file.taken == file.input.len() && !file.fill() {
            file.at_end = true;
            return Ok(None);
        }
        let byte = file.input[file.taken];
        file.taken += 1;
        Ok(Some(byte))
    }

    /// Puts a byte back.
    pub fn unread(&mut self, id: FileId, byte: u8) {
        if let Some(file) = self.get(id) {
            file.at_end = false;
            if file.taken > 0 {
                file.taken -= 1;
                file.input[file.taken] = byte;
            } else {
                file.input.insert(0, byte);
            }
        }
    }

    /// Moves the position: 0 from the start, 1 from here, 2 from the end.
    pub fn seek(&mut self, id: FileId, offset: i64, whence: i64) -> Result<bool, Stop> {
        self.flush(id)?;
        let Some(file) = self.get(id) else { return Ok(false) };
        file.forget_input();
        file.at_end = false;
        let Stream::Disk(disk) = &mut file.stream else { return Ok(false) };
        let target = match whence {
            0 => SeekFrom::Start(offset.max(0) as u64),
            1 => SeekFrom::Current(offset),
            _ => SeekFrom::End(offset),
        };
        Ok(disk.seek(target).is_ok())
    }

    pub fn tell(&mut self, id: FileId) -> Option<u64> {
        let file = self.get(id)?;
        let Stream::Disk(disk) = &mut file.stream else { return None };
        let position = disk.stream_position().ok()?;
        Some(position - (file.input.len() - file.taken) as u64 + file.output.len() as u64)
    }

    pub fn at_end(&mut self, id: FileId) -> bool {
        self.get(id).is_some_and(|f| f.at_end)
    }

    pub fn failed(&mut self, id: FileId) -> bool {
        self.get(id).is_some_and(|f| f.failed)
    }

    pub fn clear_errors(&mut self, id: FileId) {
        if let Some(file) = self.get(id) {
            file.at_end = false;
            file.failed = false;
        }
    }

    pub fn close(&mut self, id: FileId) -> Result<bool, Stop> {
        let ok = self.flush(id)?;
        match self.files.get_mut(id.0) {
            Some(slot) => Ok(slot.take().is_some() && ok),
            None => Ok(false),
        }
    }

    /// Whether the disk may be touched.
    pub fn allowed(&self) -> bool {
        self.allow
    }
}

impl OpenFile {
    fn fill(&mut self) -> bool {
        self.input.resize(4096, 0);
        self.taken = 0;
        let count = match &mut self.stream {
            Stream::Input(input) => input.read(&mut self.input),
            Stream::Disk(disk) => disk.read(&mut self.input),
            Stream::Output(_) => Ok(0),
        };
        self.failed |= count.is_err();
        self.input.truncate(count.unwrap_or(0));
        !self.input.is_empty()
    }

    /// Before writing: the position goes back to what the program has seen.
    fn forget_input(&mut self) {
        let unread = (self.input.len() - self.taken) as i64;
        self.input.clear();
        self.taken = 0;
        if let (Stream::Disk(disk), true) = (&mut self.stream, unread > 0) {
            self.failed |= disk.seek(SeekFrom::Current(-unread)).is_err();
        }
    }
}

/// The `FILE` of an open file, made when it is first asked for.
pub(super) fn standard(m: &mut Interpreter<'_>, number: usize) -> Result<u64, Stop> {
    let id = FileId(number);
    match m.host.files.address(id) {
        0 => {
            let address = m.memory.add_host("a FILE", vec![0; 216])?;
            m.host.files.set_address(id, address);
            Ok(address)
        }
        address => Ok(address),
    }
}

/// The open file of a `FILE *`.
pub(super) fn file_at(m: &Interpreter<'_>, address: u64) -> Result<FileId, Stop> {
    match m.host.files.by_address(address) {
        Some(id) => Ok(id),
        None => {
            let what = m.memory.describe(address);
            fault(ErrorKind::Memory, format!("a FILE that is not open: {what}"))
        }
    }
}

/// glibc's text of an error number.
pub(super) fn error_text(number: i32) -> String {
    let text = match number {
        0 => "Success",
        1 => "Operation not permitted",
        2 => "No such file or directory",
        4 => "Interrupted system call",
        5 => "Input/output error",
        9 => "Bad file descriptor",
        11 => "Resource temporarily unavailable",
        12 => "Cannot allocate memory",
        13 => "Permission denied",
        17 => "File exists",
        20 => "Not a directory",
        21 => "Is a directory",
        22 => "Invalid argument",
        28 => "No space left on device",
        32 => "Broken pipe",
        33 => "Numerical argument out of domain",
        34 => "Numerical result out of range",
        _ => return format!("Unknown error {number}"),
    };
    text.to_string()
}
