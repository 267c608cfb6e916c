//! The store against a model of it: whatever is asked of it in whatever order, and wherever the process dies in between.

mod journey;
mod known;

use proptest::prelude::*;

use ghe_license_sync::store::State;
use journey::{Journey, Target, Wish};

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        8 => Just(Target::Unfinished),
        3 => Just(Target::Held),
        2 => Just(Target::Written),
        1 => any::<prop::sample::Index>().prop_map(Target::Any),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    let last = prop::sample::select(vec![State::Confirmed, State::Rejected, State::Failed, State::Refused]);
    prop_oneof![
        4 => Just(Wish::Begin),
        1 => Just(Wish::Count),
        4 => (any::<bool>(), 1..4_u8, 0..3_u8).prop_map(|(hold, pieces, people)| Wish::Freeze { hold, pieces, people }),
        2 => Just(Wish::Release),
        1 => Just(Wish::Discard),
        4 => Just(Wish::Sending),
        2 => Just(Wish::Undelivered),
        4 => Just(Wish::Accepted),
        2 => Just(Wish::Written),
        1 => Just(Wish::Postpone(State::Accepted)),
        1 => Just(Wish::Postpone(State::Frozen)),
        1 => Just(Wish::NotCollected),
        2 => last.prop_map(Wish::Settle),
        4 => Just(Wish::Settle(State::Confirmed)),
        1 => any::<bool>().prop_map(|freezing| Wish::Die { freezing }),
        1 => Just(Wish::Restart),
    ]
}

type Leg = Vec<(Wish, Target, i64)>;

/// One wish, or a whole way: by single steps alone few runs would ever be confirmed.
fn leg() -> impl Strategy<Value = Leg> {
    let whole = (any::<bool>(), 1..3_u8).prop_map(|(hold, people)| {
        let freeze = Wish::Freeze {
            hold,
            pieces: 2,
            people,
        };
        let on = |wish| (wish, Target::Unfinished, 1);
        vec![
            on(Wish::Begin),
            on(freeze),
            (Wish::Release, Target::Held, 1),
            on(Wish::Sending),
            on(Wish::Accepted),
            on(Wish::Settle(State::Confirmed)),
        ]
    });
    prop_oneof![
        5 => (wish(), target(), -30_i64..60).prop_map(|one| vec![one]),
        1 => whole,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_what_the_model_does_and_refuses_what_it_refuses(
        legs in prop::collection::vec(leg(), 1..30)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut journey = Journey::begin().await;
            for (wish, target, seconds) in legs.into_iter().flatten() {
                journey.go(&wish, &target, seconds).await;
                journey.compare().await;
            }
        });
    }
}
