//! The thread pool of a run.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::RunError;
use crate::remote::guard;

/// Runs a function in a new thread pool, which the matrix products use too. The loss of a remote
/// device ends it.
pub(crate) fn in_pool<T: Send>(
    threads: usize,
    work: impl FnOnce() -> Result<T, RunError> + Send,
) -> Result<T, RunError> {
    pool(threads)?.install(|| guard(work))
}

/// Creates the thread pool for a setting.
pub(crate) fn pool(threads: usize) -> Result<ThreadPool, RunError> {
    let threads = thread_count(threads);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|e| RunError::Threads { threads, problem: e.to_string() })
}

/// Returns the number of threads for a setting; 0 stands for all that are available.
pub(crate) fn thread_count(setting: usize) -> usize {
    match setting {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}
