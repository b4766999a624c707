//! What the server logs, captured for one test.
//!
//! One subscriber for the whole process, put up before the first request of the first bench: each thread has its own
//! place to write to, or none. (Subscribers that come and go while other tests run make `tracing` forget events.)

use std::{
    cell::RefCell,
    io::Write,
    sync::{Arc, Mutex, Once},
};

use tracing_subscriber::{Layer as _, Registry, filter::dynamic_filter_fn, fmt, layer::SubscriberExt as _};

thread_local! {
    static HERE: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// What one thread logs.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Keeps everything from now on, at TRACE, as text and as JSON. For tests on one thread.
    pub(crate) fn start() -> Self {
        let log = Self::default();
        HERE.with_borrow_mut(|here| *here = Some(log.clone()));
        log
    }

    /// Ends, and hands out what was logged.
    pub(crate) fn stop(self) -> String {
        HERE.with_borrow_mut(|here| *here = None);
        let bytes = self.0.lock().unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    }
}

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        HERE.with_borrow(|here| {
            if let Some(log) = here {
                log.0.lock().unwrap().extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Puts up the subscriber, once.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let text = fmt::layer().with_ansi(false).with_writer(|| Writer);
        let lines = fmt::layer().json().with_writer(|| Writer);
        let both = text.and_then(lines).with_filter(dynamic_filter_fn(|_, _| HERE.with_borrow(Option::is_some)));
        tracing::subscriber::set_global_default(Registry::default().with(both)).unwrap();
    });
}
