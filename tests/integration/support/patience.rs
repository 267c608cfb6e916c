//! Waiting for what happens soon, with a limit.

use std::time::Duration;

/// Asks until there is an answer.
pub(crate) async fn in_time<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.unwrap()
}
