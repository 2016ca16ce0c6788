//! Makes items 0, 1, 2, ... ahead of their use on its own threads, and returns them in that order.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::DataError;

/// An iterator over `make(0)`, ..., `make(count - 1)`, in this order for any number of threads.
///
/// Worker w of W makes items w, w + W, ... into its own bounded channel. A panic in `make` becomes
/// an error, after which the iterator ends. Dropping the iterator stops the workers and waits for
/// them.
pub(crate) struct Prefetch<T> {
    make: Arc<dyn Fn(usize) -> T + Send + Sync>,
    /// One receiver per worker; none if items are made on the calling thread.
    receivers: Vec<Receiver<Result<T, DataError>>>,
    workers: Vec<JoinHandle<()>>,
    /// The error of starting the workers.
    failed: Option<DataError>,
    next: usize,
    count: usize,
}

impl<T: Send + 'static> Prefetch<T> {
    /// Starts up to `threads` workers that each keep `ahead` items ready. With 0 threads each item
    /// is made when it is requested.
    pub(crate) fn new(
        count: usize,
        threads: usize,
        ahead: usize,
        make: impl Fn(usize) -> T + Send + Sync + 'static,
    ) -> Self {
        let mut this = Self {
            make: Arc::new(make),
            receivers: Vec::new(),
            workers: Vec::new(),
            failed: None,
            next: 0,
            count,
        };
        let threads = threads.min(count);
        for worker in 0..threads {
            let (sender, receiver) = sync_channel(ahead.min(count));
            let make = Arc::clone(&this.make);
            let items = (worker..count).step_by(threads);
            match thread::Builder::new()
                .name(format!("loader-{worker}"))
                .spawn(move || work(items, &*make, &sender))
            {
                Ok(handle) => this.workers.push(handle),
                Err(reason) => {
                    this.failed = Some(DataError::Spawn { worker, reason });
                    break;
                }
            }
            this.receivers.push(receiver);
        }
        this
    }
}

impl<T> Iterator for Prefetch<T> {
    type Item = Result<T, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.count {
            return None;
        }
        let item = self.item(self.next);
        self.next = if item.is_ok() { self.next + 1 } else { self.count };
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(self.next < self.count), Some(self.count - self.next))
    }
}

impl<T> Prefetch<T> {
    fn item(&mut self, i: usize) -> Result<T, DataError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if self.receivers.is_empty() {
            return guarded(&*self.make, i);
        }
        let gone =
            |_| Err(DataError::Panicked { batch: i, message: "its thread is gone".to_owned() });
        self.receivers[i % self.receivers.len()].recv().unwrap_or_else(gone)
    }
}

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        // Workers that wait for space see their channel close.
        self.receivers.clear();
        for worker in self.workers.drain(..) {
            // A worker catches panics itself.
            let _ = worker.join();
        }
    }
}

fn work<T>(
    items: impl Iterator<Item = usize>,
    make: &dyn Fn(usize) -> T,
    sender: &SyncSender<Result<T, DataError>>,
) {
    for i in items {
        let item = guarded(make, i);
        let last = item.is_err();
        if sender.send(item).is_err() || last {
            return;
        }
    }
}

fn guarded<T>(make: &dyn Fn(usize) -> T, i: usize) -> Result<T, DataError> {
    // Values that a panic left incomplete are not used again: the iterator ends.
    catch_unwind(AssertUnwindSafe(|| make(i)))
        .map_err(|panic| DataError::Panicked { batch: i, message: message(&*panic) })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    const THREADS: [usize; 5] = [0, 1, 2, 3, 7];

    #[test]
    fn items_come_in_order() {
        for threads in THREADS {
            for ahead in [0, 2] {
                let slow_first = |i| {
                    thread::sleep(Duration::from_millis(if i % 3 == 0 { 2 } else { 0 }));
                    i
                };
                let items: Vec<usize> =
                    Prefetch::new(10, threads, ahead, slow_first).map(Result::unwrap).collect();
                assert_eq!(items, (0..10).collect::<Vec<_>>(), "{threads} threads, {ahead} ahead");
            }
        }
    }

    #[test]
    fn dropping_early_stops_and_joins_the_workers() {
        for threads in THREADS {
            let made = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&made);
            let mut items = Prefetch::new(1_000_000, threads, 2, move |_| {
                counter.fetch_add(1, Ordering::Relaxed)
            });
            assert!(items.next().unwrap().is_ok());
            drop(items);
            assert_eq!(Arc::strong_count(&made), 1, "{threads} threads");
            assert!(made.load(Ordering::Relaxed) <= 1 + 4 * threads.max(1), "{threads} threads");
        }
    }

    #[test]
    fn a_panic_is_an_error_and_the_end() {
        for threads in THREADS {
            let mut items = Prefetch::new(8, threads, 1, |i| {
                assert!(i != 2, "item {i} went wrong");
                i
            });
            assert_eq!((items.next().unwrap().unwrap(), items.next().unwrap().unwrap()), (0, 1));
            let error = items.next().unwrap().unwrap_err().to_string();
            assert_eq!(error, "making batch 2 panicked: item 2 went wrong");
            assert!(items.next().is_none());
        }
    }
}
