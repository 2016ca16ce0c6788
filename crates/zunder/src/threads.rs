//! The pool of threads that a run computes with.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::RunError;

/// Runs with a pool of threads of its own, which the matrix products follow.
pub(crate) fn in_pool<T: Send>(
    threads: usize,
    work: impl FnOnce() -> Result<T, RunError> + Send,
) -> Result<T, RunError> {
    pool(threads)?.install(work)
}

/// A pool of threads for a setting.
pub(crate) fn pool(threads: usize) -> Result<ThreadPool, RunError> {
    let threads = thread_count(threads);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|e| RunError::Threads { threads, problem: e.to_string() })
}

/// Returns the number of threads that a setting of 0 means.
pub(crate) fn thread_count(setting: usize) -> usize {
    match setting {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}
