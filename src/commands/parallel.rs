//! The same work on many things by all cores, answers in the order of the things. Threads of its
//! own, not a shared pool: the work waits for facts that another thread is making, and a thread
//! of a pool that waits could be handed the very work that waits for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// Does `work` for every item; the first failure in the items' order is the failure of all.
///
/// # Errors
/// What `work` returns, or that a thread panicked.
pub fn each<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<R>)>> = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        while let Some((at, item)) = take(items, &next) {
            let answer = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, answer));
        }
    };
    let panicked = std::thread::scope(|scope| {
        let count = rayon::current_num_threads().min(items.len());
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().map(|thread| thread.join().is_err()).fold(false, |a, b| a | b)
    });
    if panicked {
        return Err(Error::storage("a thread of this command panicked")
            .hint("this is a bug in Tapeline; the tables are valid"));
    }
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}

fn take<'i, T>(items: &'i [T], next: &AtomicUsize) -> Option<(usize, &'i T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    items.get(at).map(|item| (at, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_items_and_so_does_the_failure() {
        let items: Vec<u64> = (0..200).collect();
        let double = each(&items, |n| {
            std::thread::sleep(std::time::Duration::from_micros(n % 7 * 50));
            Ok(n * 2)
        });
        assert_eq!(double.unwrap(), (0..200).map(|n| n * 2).collect::<Vec<_>>());
        let failed = each(&items, |n| match n {
            50 | 120 => Err(Error::input(format!("item {n}"))),
            n => Ok(*n),
        });
        assert_eq!(failed.unwrap_err().message, "item 50");
        assert!(each(&[] as &[u8], |n| Ok(*n)).unwrap().is_empty());
    }
}
