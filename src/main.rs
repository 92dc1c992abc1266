//! The `usage-report` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    arenas::limit();
    usage_report::cli::main()
}

/// How many arenas the allocator of the GNU C library has.
///
/// It makes one for each thread, up to eight for each processor, and what is freed in one is of no use in another. Each stage
/// of a job has threads of its own, so that in the end every arena had kept what some stage once needed: a quarter of the
/// memory of the whole job, and a third of that of an ingest by eight threads. On two processors nothing is slower for it
/// (benches/README.md).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod arenas {
    use std::ffi::c_int;
    use std::{env, num, thread};

    /// The variable by which the C library is told, which counts more.
    const VARIABLE: &str = "MALLOC_ARENA_MAX";

    /// The least and the most of them: nearly every allocation is served out of what a thread has at hand.
    const LEAST: usize = 2;
    const MOST: usize = 4;

    /// Lets there be few. To be called before there is a second thread.
    pub(super) fn limit() {
        if env::var_os(VARIABLE).is_some() {
            return;
        }
        let processors = thread::available_parallelism().map_or(1, num::NonZero::get);
        let arenas = c_int::try_from(processors.clamp(LEAST, MOST)).unwrap_or(1);
        // SAFETY: `mallopt` takes two numbers and no pointer, and is called while no other thread can allocate. It gives 0 where
        // the number is not taken; then there are as many arenas as before, and nothing rests on that.
        #[expect(unsafe_code, reason = "no safe way to say it, and it is a quarter of the memory: see above")]
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, arenas);
        }
    }
}
