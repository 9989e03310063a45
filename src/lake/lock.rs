//! The writer lock: `flock` on `<lake>/.lock`. The operating system drops it with the process, so
//! there is no lease, no process number and no stale lock. The file's content means nothing.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::store;
use crate::error::{Error, Result};

/// How often the lock is tried again while waiting.
const RETRY: Duration = Duration::from_millis(50);

/// Held while this value lives.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
}

/// Takes the lock of a lake, waiting up to `wait_s` seconds.
///
/// # Errors
/// Exit 75 when it stays taken; exit 4 when the folder or file cannot be made.
pub fn take(root: &Path, wait_s: u64) -> Result<WriterLock> {
    store::make_folder(root)?;
    let path = root.join(".lock");
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = open.map_err(|e| store::io(&path, "opened", &e))?;
    let tries = wait_s.saturating_mul(1_000 / 50);
    for attempt in 0..=tries {
        match file.try_lock() {
            Ok(()) => return Ok(WriterLock { _file: file }),
            Err(TryLockError::WouldBlock) if attempt < tries => std::thread::sleep(RETRY),
            Err(TryLockError::WouldBlock) => break,
            Err(TryLockError::Error(e)) => return Err(store::io(&path, "locked", &e)),
        }
    }
    Err(Error::busy(format!("another run has been writing to this lake for over {wait_s} s"))
        .at(path.display())
        .hint("run the command again when the other run has ended"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_second_writer_gets_exit_75_until_the_first_ends() {
        let dir = tempfile::tempdir().unwrap();
        let first = take(dir.path(), 0).unwrap();
        let refused = take(dir.path(), 0).unwrap_err();
        assert_eq!((refused.kind, refused.kind.exit_code()), (Kind::Busy, 75));
        drop(first);
        take(dir.path(), 0).unwrap();
    }

    #[test]
    fn a_waiting_writer_gets_the_lock_when_it_is_released() {
        let dir = tempfile::tempdir().unwrap();
        let first = take(dir.path(), 0).unwrap();
        std::thread::scope(|s| {
            let waiting = s.spawn(|| take(dir.path(), 30).map(|_| ()));
            std::thread::sleep(Duration::from_millis(120));
            drop(first);
            waiting.join().unwrap().unwrap();
        });
    }
}
