//! The bytes of one file: a stream of aligned chunks and random access, with a check that the file did not change.

use crate::model::{ByteStream, Content, RandomAccess, ReadError, Reason};
use crate::sources::buffer::{BufferPool, CHUNK_BYTES};
use bytes::Bytes;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// `O_NONBLOCK`: opening a FIFO that took the place of a file since it was looked at must not wait for a writer.
#[cfg(any(target_os = "linux", target_os = "android"))]
const OPEN_NONBLOCKING: i32 = 0o4000;
/// `O_NONBLOCK` of the BSD family.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const OPEN_NONBLOCKING: i32 = 0x4;

/// Opens a regular file. Blocks on the file system only.
pub(super) fn open(path: &Path) -> Result<Content, ReadError> {
    // A device may act on being opened, so it is looked at before; what is opened is looked at again.
    require_regular(&std::fs::metadata(path).map_err(|error| read_error("stat", &error))?)?;
    let file = OpenOptions::new().read(true).custom_flags(OPEN_NONBLOCKING).open(path);
    let file = file.map_err(|error| read_error("open", &error))?;
    let metadata = file.metadata().map_err(|error| read_error("stat", &error))?;
    require_regular(&metadata)?;
    let file = Arc::new(OpenedFile { file, path: path.to_owned(), state: FileState::of(&metadata) });
    // Files of /proc say that they are empty and are not: their length is known only at their end.
    let random_access = (file.state.size_bytes > 0).then(|| Arc::clone(&file) as Arc<dyn RandomAccess>);
    let stream = FileStream { file, position: 0, buffers: BufferPool::default() };
    Ok(Content { stream: Box::new(stream), random_access })
}

fn require_regular(metadata: &Metadata) -> Result<(), ReadError> {
    if metadata.is_file() { Ok(()) } else { Err(ReadError::new(Reason::SpecialFile, "not a regular file any more")) }
}

/// The reason that an operating system error stands for.
pub(super) fn reason(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::NotFound => Reason::NotFound,
        io::ErrorKind::PermissionDenied => Reason::AccessDenied,
        io::ErrorKind::TimedOut => Reason::TimedOut,
        _ if is_link_loop(error) => Reason::LinkLoop,
        _ => Reason::Unreadable,
    }
}

/// `ELOOP`, which has no stable kind.
fn is_link_loop(error: &io::Error) -> bool {
    let code = if cfg!(any(target_os = "linux", target_os = "android")) { 40 } else { 62 };
    error.raw_os_error() == Some(code)
}

fn read_error(step: &str, error: &io::Error) -> ReadError {
    ReadError::new(reason(error), format!("{step}: {error}"))
}

/// What tells one content of a file from another.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileState {
    size_bytes: u64,
    modified: Option<SystemTime>,
}

impl FileState {
    fn of(metadata: &Metadata) -> Self {
        Self { size_bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

struct OpenedFile {
    file: File,
    path: PathBuf,
    state: FileState,
}

impl OpenedFile {
    fn require_unchanged(&self) -> Result<(), ReadError> {
        let metadata = self.file.metadata().map_err(|error| read_error("stat", &error))?;
        if FileState::of(&metadata) == self.state {
            Ok(())
        } else {
            Err(ReadError::new(Reason::Changed, "size or time of modification changed while it was read"))
        }
    }
}

struct FileStream {
    file: Arc<OpenedFile>,
    position: u64,
    buffers: BufferPool,
}

impl ByteStream for FileStream {
    fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        // A file that is appended to is read up to its size at opening, or reading it might never end.
        let remaining = match self.file.state.size_bytes {
            0 => CHUNK_BYTES,
            size_bytes => usize::try_from(size_bytes.saturating_sub(self.position)).unwrap_or(CHUNK_BYTES),
        };
        let (file, position) = (&self.file.file, self.position);
        let chunk = self.buffers.fill(remaining, |buffer, filled| file.read_at(buffer, position + filled as u64));
        let chunk = chunk.map_err(|error| read_error("read", &error))?;
        if chunk.is_empty() {
            self.file.require_unchanged()?;
            return Ok(None);
        }
        self.position += chunk.len() as u64;
        Ok(Some(chunk))
    }
}

impl RandomAccess for OpenedFile {
    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn len(&self) -> u64 {
        self.state.size_bytes
    }

    fn read(&self, range: Range<u64>) -> Result<Bytes, ReadError> {
        let length = self.state.size_bytes;
        if range.start > range.end || range.end > length {
            return Err(ReadError::new(Reason::Truncated, format!("range {range:?} of {length} bytes")));
        }
        let count = usize::try_from(range.end - range.start)
            .map_err(|_| ReadError::new(Reason::MemoryLimit, format!("range {range:?}")))?;
        let mut bytes = vec![0; count];
        match self.file.read_exact_at(&mut bytes, range.start) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(ReadError::new(Reason::Changed, "it shrank while it was read"));
            }
            Err(error) => return Err(read_error("read", &error)),
        }
        self.require_unchanged()?;
        Ok(bytes.into())
    }
}
