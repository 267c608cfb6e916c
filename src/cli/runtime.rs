//! The runtime in which a command does its work.

use tokio::runtime::Builder;

use super::global_options::GlobalOptions;
use super::report;
use crate::observe;
use crate::reason::Exit;

/// Does the work of a command. What has to be done while there is one thread is done before.
pub(super) fn work(options: &GlobalOptions, work: impl Future<Output = Exit>) -> Exit {
    // One thread for the run and one for everything else, however many processors the machine has.
    work_on(options, Builder::new_multi_thread().worker_threads(2), work)
}

/// The same on one thread, for a command that asks one question after the other: none is handed from thread to thread.
pub(super) fn work_on_one_thread(options: &GlobalOptions, work: impl Future<Output = Exit>) -> Exit {
    work_on(options, &mut Builder::new_current_thread(), work)
}

fn work_on(options: &GlobalOptions, runtime: &mut Builder, work: impl Future<Output = Exit>) -> Exit {
    let runtime = match runtime.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report::broken("the program could not be started", error, options.json),
    };
    #[cfg(feature = "failpoints")]
    let _armed = crate::failpoint::arm();
    let exit = runtime.block_on(work);
    for warning in observe::take_warnings() {
        report::tell(&format!("warning: {warning}\n"));
    }
    // What still runs on another thread, like a name that is being looked up, is of no use to anybody any more.
    runtime.shutdown_background();
    exit
}
