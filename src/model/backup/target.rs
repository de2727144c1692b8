//! Where an export goes: one document, or a folder with a file for each clip.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file in a folder that is written last: a folder without it is not a whole export.
pub(super) const HEAD_FILE: &str = "backup.json";
/// The folder of the clips' files in a folder.
pub(super) const CLIPS_FOLDER: &str = "clips";

/// Takes a backup part by part. The head is an object that is not closed yet.
pub trait Target {
    fn begin(&mut self, head: &[u8]) -> io::Result<()>;
    /// Where the clip with this slug is to be written, as one object.
    fn begin_clip(&mut self, slug: &str) -> io::Result<&mut dyn Write>;
    fn finish_clip(&mut self) -> io::Result<()>;
    fn finish(&mut self) -> io::Result<()>;
}

/// One JSON document.
pub struct Document<W: Write> {
    writer: BufWriter<W>,
    is_first: bool,
}

/// A folder: `backup.json`, and a file in `clips` for each clip.
pub struct Folder {
    path: PathBuf,
    head: Vec<u8>,
    clip: Option<BufWriter<File>>,
}

impl<W: Write> Document<W> {
    pub fn new(writer: W) -> Self {
        Self {
            writer: BufWriter::new(writer),
            is_first: true,
        }
    }
}

impl<W: Write> Target for Document<W> {
    fn begin(&mut self, head: &[u8]) -> io::Result<()> {
        self.writer.write_all(head)?;
        self.writer.write_all(b",\n  \"clips\": [")
    }

    fn begin_clip(&mut self, _: &str) -> io::Result<&mut dyn Write> {
        let separator: &[u8] = match self.is_first {
            true => b"\n",
            false => b",\n",
        };
        self.is_first = false;
        self.writer.write_all(separator)?;
        Ok(&mut self.writer)
    }

    fn finish_clip(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.write_all(b"]\n}\n")?;
        self.writer.flush()
    }
}

impl Folder {
    /// Makes the folder, which must not exist or be empty, for nobody else to read: slugs are secrets.
    pub fn create(path: &Path) -> io::Result<Self> {
        let exists = path.try_exists()?;
        if exists && fs::read_dir(path)?.next().is_some() {
            let message = "it is not empty. Name a new folder, or remove what is in it";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(path)?;
        builder.create(path.join(CLIPS_FOLDER))?;
        Ok(Self {
            path: path.to_owned(),
            head: Vec::new(),
            clip: None,
        })
    }

    fn file(&self, name: &Path) -> io::Result<BufWriter<File>> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        Ok(BufWriter::new(options.open(self.path.join(name))?))
    }
}

impl Target for Folder {
    fn begin(&mut self, head: &[u8]) -> io::Result<()> {
        self.head = head.to_owned();
        Ok(())
    }

    fn begin_clip(&mut self, slug: &str) -> io::Result<&mut dyn Write> {
        let file = self.file(&Path::new(CLIPS_FOLDER).join(format!("{slug}.json")))?;
        Ok(self.clip.insert(file))
    }

    fn finish_clip(&mut self) -> io::Result<()> {
        let Some(mut file) = self.clip.take() else {
            return Ok(());
        };
        file.write_all(b"\n")?;
        file.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        let mut file = self.file(Path::new(HEAD_FILE))?;
        file.write_all(&self.head)?;
        file.write_all(b"\n}\n")?;
        file.flush()
    }
}
