//! The clock's edge: everything else takes the time as an argument or calls the closure that it was given.

use std::sync::Arc;

use countersign_protocol::Timestamp;

/// Tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The system's wall clock.
pub(crate) fn system() -> Clock {
    Arc::new(|| {
        #[expect(clippy::disallowed_methods, reason = "this is the clock edge of the resource server")]
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A clock before 1970 is broken; as time zero it makes every token one of the future, hence refused or long.
        let millis = since_epoch.map_or(0, |elapsed| elapsed.as_millis());
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    })
}
