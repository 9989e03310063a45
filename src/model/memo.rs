//! Values that are made once and shared by threads: whoever asks first makes the value, others who
//! ask for the same key wait for it. It never forgets and never makes a value twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Result;

/// A slot of one key; empty until its value is made.
type Slot<V> = Arc<Mutex<Option<V>>>;

/// Values by key.
#[derive(Debug)]
pub struct Memo<K, V> {
    slots: Mutex<BTreeMap<K, Slot<V>>>,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Memo { slots: Mutex::default() }
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    /// The value of a key, made by `make` when nobody has asked for it yet. Values may need each
    /// other while they are made, as long as they do so in no circle.
    ///
    /// # Errors
    /// What `make` returns; the next who asks tries again.
    pub fn get(&self, key: K, make: impl FnOnce() -> Result<V>) -> Result<V> {
        let slot = Arc::clone(held(&self.slots).entry(key).or_default());
        let mut slot = held(&slot);
        if let Some(known) = &*slot {
            return Ok(known.clone());
        }
        let made = make()?;
        *slot = Some(made.clone());
        Ok(made)
    }
}

/// A lock whose last holder may have panicked: a slot is filled in one step, so it is whole.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::error::Error;

    #[test]
    fn a_value_is_made_once_however_many_threads_ask() {
        let (memo, made) = (Memo::default(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for key in 0..50 {
                        let make = || {
                            made.fetch_add(1, Ordering::Relaxed);
                            Ok(key * 2)
                        };
                        assert_eq!(memo.get(key, make).unwrap(), key * 2);
                    }
                });
            }
        });
        assert_eq!(made.into_inner(), 50);
    }

    #[test]
    fn a_value_may_need_another_and_a_failure_is_tried_again() {
        let memo: Memo<&str, usize> = Memo::default();
        let outer = memo.get("outer", || Ok(memo.get("inner", || Ok(20))? + 1));
        assert_eq!(outer.unwrap(), 21);
        assert!(memo.get("late", || Err(Error::input("not yet"))).is_err());
        assert_eq!(memo.get("late", || Ok(3)).unwrap(), 3);
    }
}
