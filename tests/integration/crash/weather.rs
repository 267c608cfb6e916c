//! What goes wrong at the two hosts while the storm lasts: at random, and each for a few times only.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// What passes by itself or with the next start. Nothing here is a final no to a document.
const FAULTS: &[&str] = &[
    "report:503*2",
    "report:cut*1",
    "report:reset*1",
    "report:202*1",
    "report:latency=150ms*1",
    "meta:503*1",
    "token:503*1",
    "token:reset*1",
    "token:401*1",
    "token:latency=80ms*1",
    "upload:503*3",
    "upload:429@1*1",
    "upload:cut*2",
    "upload:reset*2",
    "upload:latency=120ms*2",
    "status:503*2",
    "status:cut*1",
    "status:reset*1",
    "status:latency=100ms*2",
    "location:503*2",
    "location:cut*1",
    "location:pending*1",
    "location:pending*3",
];

/// Up to three things that go wrong from now on.
pub(super) fn draw(dice: &mut StdRng) -> Vec<&'static str> {
    let count = dice.random_range(0..=3);
    FAULTS.choose_multiple(dice, count).copied().collect()
}
