//! The files of `ui/` that pages load, built into the program: path, content, the same as gzip. The build script finds and
//! compresses them.

/// Every file, by path.
pub(super) const FILES: &[(&str, &[u8], &[u8])] = include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));
