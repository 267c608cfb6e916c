//! Spreads the runs of many servers, each always by the same amount. Nothing is drawn: a restart changes nothing.

use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Where in the span this server runs: from 0 up to, not including, `spread`, in whole seconds.
pub(super) fn delay(server_id: Uuid, spread: Duration) -> Duration {
    let digest = Sha256::digest(server_id.as_bytes());
    let draw = digest
        .iter()
        .take(4)
        .fold(0, |draw, byte| (draw << 8) | u64::from(*byte));
    // A share of the span and no remainder: a server that is early in one span is early in every other.
    let seconds = (u128::from(spread.as_secs()) * u128::from(draw)) >> 32;
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_HOURS: Duration = Duration::from_hours(2);

    #[test]
    fn a_server_keeps_its_delay_for_ever() {
        // Written down, because another value after an update would move every server's run.
        assert_eq!(delay(Uuid::from_u128(7), TWO_HOURS), Duration::from_secs(3028));
    }

    #[test]
    fn without_a_spread_there_is_no_delay() {
        assert_eq!(delay(Uuid::from_u128(7), Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn the_delays_of_many_servers_fill_the_spread_evenly() {
        let mut per_quarter = [0_u32; 4];
        for server in 0..4000 {
            let delay = delay(Uuid::from_u128(server), TWO_HOURS);
            assert!(delay < TWO_HOURS);
            per_quarter[usize::try_from(delay.as_secs() / 1800).unwrap()] += 1;
        }
        assert!(
            per_quarter.iter().all(|count| (900..1100).contains(count)),
            "{per_quarter:?}"
        );
    }
}
