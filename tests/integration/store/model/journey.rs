//! A store and its model, led through the same steps and compared after each.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use chrono::{DateTime, TimeDelta, Utc};
use ghe_license_sync::license::{
    Account, Change, Compared, Digest, Fingerprint, FingerprintKey, ReportAge, Roster, Seats, ServerCounts, Totals,
    UserCounts, UserId,
};
use ghe_license_sync::store::{CHUNK_SIZE, Freezer, Frozen, State, Store, StoreError};
use proptest::sample::Index;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row};

use super::super::{Site, at, because, receipt};
use super::known::{Frost, Known, Model, No};
use crate::support::destination::{begin, here};

const FILE: &str = "/srv/license-usage/file.json";
const SHA256: Digest = Digest([7; 32]);

/// What is asked of the store.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Begin,
    Count,
    Freeze {
        hold: bool,
        pieces: u8,
        people: u8,
    },
    Release,
    Discard,
    Sending,
    Undelivered,
    Accepted,
    Written,
    /// It stays where it is.
    Postpone(State),
    NotCollected,
    Settle(State),
    /// The process is gone, perhaps with a document half frozen.
    Die {
        freezing: bool,
    },
    /// The process ends as it should.
    Restart,
}

/// Which run is meant. Nothing is asked when there is none.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Unfinished,
    Held,
    Written,
    Any(Index),
}

pub(super) struct Journey {
    site: Site,
    store: Store,
    model: Model,
    now: DateTime<Utc>,
    frozen: u8,
}

fn fingerprint(people: u8) -> Fingerprint {
    let mut roster = Roster::default();
    for id in 0..u64::from(people) {
        let account = Account {
            id: UserId(id + 1),
            login: "x",
            email: "",
            role: "user",
            suspended: false,
            dormant: Some(false),
            no_sign_in: None,
        };
        roster.add(&account, 2).unwrap();
    }
    Fingerprint::of(&roster.finish().unwrap(), &FingerprintKey::new(&[7; 32]))
}

/// As the model says it.
fn no(error: &StoreError) -> No {
    match error {
        StoreError::NotThrough => No::NotThrough,
        StoreError::Transition { .. } => No::Transition,
        StoreError::Query { .. } => No::Query,
        other => panic!("{other}"),
    }
}

impl Journey {
    pub(super) async fn begin() -> Self {
        let site = Site::new();
        Self {
            store: site.open().await,
            site,
            model: Model::default(),
            now: at(0),
            frozen: 0,
        }
    }

    /// Asks both for the same; they must say the same.
    pub(super) async fn go(&mut self, wish: &Wish, target: &Target, seconds: i64) {
        // A clock can be set back.
        self.now += TimeDelta::seconds(seconds);
        match wish {
            Wish::Begin => return self.start_a_run().await,
            Wish::Die { freezing } => return self.die(*freezing).await,
            Wish::Restart => {
                self.store.clone().close().await;
                self.store = self.site.open().await;
                return;
            }
            _ => {}
        }
        let place = match target {
            Target::Unfinished => self.model.unfinished(),
            Target::Held => self.model.held(),
            Target::Written => self.model.waiting_file(),
            Target::Any(_) if self.model.0.is_empty() => None,
            Target::Any(index) => Some(index.index(self.model.0.len())),
        };
        if let Some(place) = place {
            let said = self.ask(wish, place).await.map_err(|error| no(&error));
            assert_eq!(said, self.expect(wish, place), "{wish:?} of run {place}");
        }
    }

    async fn start_a_run(&mut self) {
        let begun = begin(&self.store, self.now).await;
        assert_eq!(begun.as_ref().map(|_| ()).map_err(no), self.model.may_begin());
        if let Ok(id) = begun {
            self.model.begin(id, self.now);
        }
    }

    async fn ask(&mut self, wish: &Wish, place: usize) -> Result<(), StoreError> {
        let (store, now, run) = (&self.store, self.now, self.model.0[place].run.id);
        match wish {
            Wish::Count => {
                store
                    .count(
                        run,
                        Some(totals()),
                        server_counts(),
                        Some(report()),
                        Some(change()),
                        None,
                    )
                    .await
            }
            Wish::Freeze { hold, pieces, people } => {
                self.frozen = self.frozen.wrapping_add(1);
                let frost = self.frost(*hold, *pieces, *people);
                let mut freezer = self.store.freezer(run).await?;
                for piece in frost.payload {
                    freezer.write(piece).await?;
                }
                freezer.fingerprint(&fingerprint(*people)).await?;
                freezer.commit(&frost.frozen, frost.hold.as_ref(), now).await
            }
            Wish::Release => store.release(run, now, "monalisa").await,
            Wish::Discard => store.discard(run, now, "hubot", &because()).await,
            Wish::Sending => store.sending(run, now).await,
            Wish::Undelivered => store.undelivered(run, now, &because(), true, at(99)).await,
            Wish::Accepted => store.accepted(run, now, &receipt()).await,
            Wish::Written => match store.hand_over(run, now, FILE, SHA256, Some(4)).await {
                Ok(()) => store.written(run, now, None).await,
                refused => refused,
            },
            Wish::Postpone(state) => store.postpone(run, *state, now, &because(), at(98)).await,
            Wish::NotCollected => store.not_collected(run, now, &because(), at(97)).await,
            Wish::Settle(last) => store.settle(run, *last, now, Some(&because())).await,
            Wish::Begin | Wish::Die { .. } | Wish::Restart => unreachable!("of no run"),
        }
    }

    fn expect(&mut self, wish: &Wish, place: usize) -> Result<(), No> {
        let now = self.now;
        let frost = match wish {
            Wish::Freeze { hold, pieces, people } => Some(self.frost(*hold, *pieces, *people)),
            _ => None,
        };
        let model = &mut self.model;
        match wish {
            Wish::Count => {
                model.count(place, totals(), server_counts(), report(), Some(change()));
                Ok(())
            }
            Wish::Freeze { .. } => model.freeze(place, &frost.unwrap(), now),
            Wish::Release => model.release(place, now, "monalisa"),
            Wish::Discard => model.discard(place, now, "hubot", &because()),
            Wish::Sending => model.sending(place, now),
            Wish::Undelivered => {
                let back = (State::Sending, State::Frozen);
                model.put_off(place, back, now, &because(), Some(at(99)))
            }
            Wish::Accepted => model.accepted(place, now, &receipt()),
            Wish::Written => model.written(place, now, FILE, SHA256),
            Wish::Postpone(state) => {
                let stays = (*state, *state);
                model.put_off(place, stays, now, &because(), Some(at(98)))
            }
            Wish::NotCollected => {
                let ends = (State::Collecting, State::Failed);
                model.put_off(place, ends, now, &because(), Some(at(97)))
            }
            Wish::Settle(last) => model.end(place, *last, now, Some(&because())),
            Wish::Begin | Wish::Die { .. } | Wish::Restart => unreachable!("of no run"),
        }
    }

    /// The newest document: no two are alike.
    fn frost(&self, hold: bool, pieces: u8, people: u8) -> Frost {
        Frost {
            frozen: Frozen {
                digest: Digest([self.frozen; 32]),
                idempotency_key: format!("key-{}", self.frozen),
                content_digest: Digest([pieces; 32]),
                body_size: u64::from(pieces) * 300,
            },
            payload: (0..pieces).map(|piece| vec![piece ^ self.frozen; 300]).collect(),
            fingerprint: fingerprint(people).pieces().collect(),
            hold: hold.then(because),
        }
    }

    /// Continues with what is on disk at this moment.
    async fn die(&mut self, freezing: bool) {
        let half = match self.model.unfinished() {
            Some(place) if freezing => Some(self.begin_to_freeze(place).await),
            _ => None,
        };
        let after = Site::new();
        fs::create_dir(after.directory()).unwrap();
        fs::set_permissions(after.directory(), PermissionsExt::from_mode(0o700)).unwrap();
        for name in ["state.db", "state.db-wal"] {
            fs::copy(self.site.file(name), after.file(name)).unwrap();
        }
        drop(half);
        self.store.clone().close().await;
        self.store = after.open().await;
        self.site = after;
    }

    /// Writes more than the database keeps in memory, so that some of it is on disk already.
    async fn begin_to_freeze(&self, place: usize) -> Option<Freezer> {
        let mut freezer = self.store.freezer(self.model.0[place].run.id).await.unwrap();
        for _ in 0..10 {
            freezer.write(vec![0xfe; CHUNK_SIZE]).await.ok()?;
        }
        Some(freezer)
    }

    /// Everything that the store tells, and everything that is in the tables.
    pub(super) async fn compare(&self) {
        let known = &self.model.0;
        let runs = self.store.runs(1000).await.unwrap();
        assert_eq!(
            runs.iter().rev().collect::<Vec<_>>(),
            known.iter().map(|known| &known.run).collect::<Vec<_>>()
        );
        for Known { run, story, .. } in known {
            assert_eq!(&self.store.events(run.id).await.unwrap(), story);
        }
        let told = [
            self.store.unfinished().await.unwrap(),
            self.store.held().await.unwrap(),
            self.store.last_confirmed(&here()).await.unwrap(),
        ];
        let expected = [self.model.unfinished(), self.model.held(), self.model.last_confirmed()];
        assert_eq!(told, expected.map(|place| place.map(|place| known[place].run.clone())));
        let mut database = self.look().await;
        assert_eq!(
            pieces(&mut database, "payload").await,
            of(known, |known| &known.payload)
        );
        assert_eq!(
            pieces(&mut database, "fingerprint").await,
            of(known, |known| &known.fingerprint)
        );
        let healthy: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut database)
            .await
            .unwrap();
        assert_eq!(healthy, "ok");
        database.close().await.unwrap();
    }

    /// Another connection, which sees what is committed.
    async fn look(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.site.file("state.db"));
        SqliteConnection::connect_with(&options).await.unwrap()
    }
}

type Pieces = Vec<(String, i64, Vec<u8>)>;

/// All rows of a table of pieces, run by run.
async fn pieces(database: &mut SqliteConnection, table: &'static str) -> Pieces {
    let sql = match table {
        "payload" => "SELECT run_id, seq, bytes FROM payload JOIN run ON run.id = run_id ORDER BY run.rowid, seq",
        _ => "SELECT run_id, seq, bytes FROM fingerprint JOIN run ON run.id = run_id ORDER BY run.rowid, seq",
    };
    let rows = sqlx::query(sql).fetch_all(database).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// The same from the model.
fn of(known: &[Known], what: impl Fn(&Known) -> &Vec<Vec<u8>>) -> Pieces {
    let numbered = |known: &Known| {
        let id = known.run.id;
        (0..)
            .zip(what(known).clone())
            .map(move |(seq, bytes)| (id.to_string(), seq, bytes))
    };
    known.iter().flat_map(numbered).collect()
}

fn totals() -> Totals {
    Totals {
        accounts: 60,
        consumed: 55,
        suspended: 4,
        organizations: 0,
        bots: 1,
        setup_users: 0,
        ghosts: 0,
        dormant: Some(6),
        unmatchable: 0,
        no_sign_in: None,
        ..Totals::default()
    }
}

fn server_counts() -> ServerCounts {
    ServerCounts {
        users: Some(UserCounts {
            total: 61,
            suspended: 4,
        }),
        seats_used: Some(54),
        seats: Some(Seats::Unlimited),
    }
}

fn report() -> ReportAge {
    ReportAge {
        made_at: DateTime::UNIX_EPOCH,
        age_seconds: 7200,
    }
}

fn change() -> Change {
    Change {
        before: 50,
        added: 6,
        removed: 1,
        compared: Compared::Users,
    }
}
