//! Reads faults as people write them and says what is wrong with those that cannot be read.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::fault::{Fault, Kind, Point, Times};
use crate::explain::Explain;
use crate::reason::{Exit, Reason};

/// A fault that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultSyntax {
    #[error("the fault `{0}` is not of the form POINT:KIND or POINT:KIND*TIMES")]
    Form(String),
    #[error("the fault `{fault}` names the point `{point}`, which does not exist")]
    Point { fault: String, point: String },
    #[error("the fault `{fault}` is of the kind `{kind}`, which does not exist")]
    Kind { fault: String, kind: String },
    #[error("the fault `{fault}` wants the status {status}, which is not between 200 and 599")]
    Status { fault: String, status: String },
    #[error("the fault `{fault}` wants `{seconds}` as Retry-After, which is not a number of seconds")]
    RetryAfter { fault: String, seconds: String },
    #[error("the fault `{fault}` holds `{duration}`, which is not a duration")]
    Duration { fault: String, duration: String },
    #[error("the fault `{fault}` wants to happen `{times}` times, which is neither a number from 1 nor `always`")]
    Times { fault: String, times: String },
    #[error("the fault `{0}` tells the state of an upload, which only `status` and `location` do")]
    StateElsewhere(String),
}

impl Explain for FaultSyntax {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Form(_) => "write it like `upload:503*2`: the upload answers 503 twice".to_owned(),
            Self::Point { .. } => {
                let points: Vec<_> = Point::ALL.iter().map(|(word, _)| *word).collect();
                format!("points are {}", points.join(", "))
            }
            Self::Kind { .. } => {
                "kinds are an HTTP status like 503 or 429@120 (with Retry-After), pending, failure, other-host, \
                                  other-id, cut, reset, html, latency=200ms, skew=-900s, sunset=90d and cached=3h"
                    .to_owned()
            }
            Self::Status { .. } => "write a final HTTP status, like 503".to_owned(),
            Self::RetryAfter { .. } => "write it like `upload:429@120`".to_owned(),
            Self::Duration { .. } => "write it like `token:skew=-900s` or `report:latency=200ms`".to_owned(),
            Self::Times { .. } => "write it like `report:202*3` or `upload:503*always`".to_owned(),
            Self::StateElsewhere(_) => "write it like `status:pending*3` or `location:failure`".to_owned(),
        })
    }
}

/// Reads `POINT:KIND` or `POINT:KIND*TIMES`.
pub(super) fn parse(fault: &str) -> Result<Fault, FaultSyntax> {
    let (point, rest) = fault
        .split_once(':')
        .ok_or_else(|| FaultSyntax::Form(fault.to_owned()))?;
    let (kind, times) = match rest.split_once('*') {
        Some((kind, times)) => (kind, parse_times(fault, times)?),
        None => (rest, Times::Count(1)),
    };
    let point = Point::ALL
        .iter()
        .find_map(|(word, known)| (*word == point).then_some(*known))
        .ok_or_else(|| FaultSyntax::Point {
            fault: fault.to_owned(),
            point: point.to_owned(),
        })?;
    let kind = parse_kind(fault, kind)?;
    let misplaced = match kind {
        Kind::Pending | Kind::Failure => !matches!(point, Point::Status | Point::Location),
        Kind::OtherHost | Kind::OtherId => point != Point::Status,
        _ => false,
    };
    if misplaced {
        return Err(FaultSyntax::StateElsewhere(fault.to_owned()));
    }
    Ok(Fault { point, kind, times })
}

fn parse_times(fault: &str, times: &str) -> Result<Times, FaultSyntax> {
    if times == "always" {
        return Ok(Times::Always);
    }
    match times.parse() {
        Ok(count) if count > 0 => Ok(Times::Count(count)),
        _ => Err(FaultSyntax::Times {
            fault: fault.to_owned(),
            times: times.to_owned(),
        }),
    }
}

fn parse_kind(fault: &str, kind: &str) -> Result<Kind, FaultSyntax> {
    match kind.split_once('=') {
        Some(("latency", duration)) => return parse_duration(fault, duration).map(Kind::Latency),
        Some(("skew", duration)) => return parse_skew(fault, duration).map(Kind::Skew),
        Some(("sunset", duration)) => return parse_duration(fault, duration).map(Kind::Sunset),
        Some(("cached", duration)) => return parse_duration(fault, duration).map(Kind::Cached),
        _ => {}
    }
    match kind {
        "pending" => Ok(Kind::Pending),
        "failure" => Ok(Kind::Failure),
        "other-host" => Ok(Kind::OtherHost),
        "other-id" => Ok(Kind::OtherId),
        "cut" => Ok(Kind::Cut),
        "reset" => Ok(Kind::Reset),
        "html" => Ok(Kind::Html),
        status if status.starts_with(|first: char| first.is_ascii_digit()) => parse_status(fault, status),
        _ => Err(FaultSyntax::Kind {
            fault: fault.to_owned(),
            kind: kind.to_owned(),
        }),
    }
}

fn parse_status(fault: &str, text: &str) -> Result<Kind, FaultSyntax> {
    let (status, retry_after) = match text.split_once('@') {
        Some((status, seconds)) => {
            let seconds = seconds.parse().map_err(|_| FaultSyntax::RetryAfter {
                fault: fault.to_owned(),
                seconds: seconds.to_owned(),
            })?;
            (status, Some(seconds))
        }
        None => (text, None),
    };
    let status = status
        .parse::<u16>()
        .ok()
        .filter(|status| (200..600).contains(status))
        .and_then(|status| StatusCode::from_u16(status).ok())
        .ok_or_else(|| FaultSyntax::Status {
            fault: fault.to_owned(),
            status: status.to_owned(),
        })?;
    Ok(Kind::Status { status, retry_after })
}

fn parse_skew(fault: &str, text: &str) -> Result<TimeDelta, FaultSyntax> {
    let (back, length) = match text.strip_prefix('-') {
        Some(length) => (true, length),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let skew = parse_duration(fault, length)?;
    let skew = TimeDelta::from_std(skew).map_err(|_| FaultSyntax::Duration {
        fault: fault.to_owned(),
        duration: text.to_owned(),
    })?;
    Ok(if back { -skew } else { skew })
}

fn parse_duration(fault: &str, duration: &str) -> Result<Duration, FaultSyntax> {
    humantime::parse_duration(duration)
        .ok()
        // A year: more is a mistake, and dates stay far from the end of their range.
        .filter(|duration| *duration <= Duration::from_secs(366 * 86_400))
        .ok_or_else(|| FaultSyntax::Duration {
            fault: fault.to_owned(),
            duration: duration.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_can_be_written() {
        let kind = |text: &str| text.parse::<Fault>().unwrap().kind;
        let status = |status: u16, retry_after| Kind::Status {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after,
        };
        assert_eq!(kind("report:202*3"), status(202, None));
        assert_eq!(kind("token:429@120"), status(429, Some(120)));
        assert_eq!(kind("status:pending"), Kind::Pending);
        assert_eq!(kind("location:failure"), Kind::Failure);
        assert_eq!(kind("consumed:cut"), Kind::Cut);
        assert_eq!(kind("stats:reset"), Kind::Reset);
        assert_eq!(kind("license:html"), Kind::Html);
        assert_eq!(kind("meta:latency=200ms"), Kind::Latency(Duration::from_millis(200)));
        assert_eq!(kind("token:skew=-900s"), Kind::Skew(TimeDelta::seconds(-900)));
        assert_eq!(kind("token:skew=+15m"), Kind::Skew(TimeDelta::minutes(15)));
        assert_eq!(kind("meta:sunset=90d"), Kind::Sunset(Duration::from_secs(90 * 86_400)));
        assert_eq!(kind("report:cached=3h"), Kind::Cached(Duration::from_secs(3 * 3600)));
    }

    #[test]
    fn a_fault_happens_once_unless_it_says_otherwise() {
        let times = |text: &str| text.parse::<Fault>().unwrap().times;
        assert_eq!(times("upload:503"), Times::Count(1));
        assert_eq!(times("upload:503*4"), Times::Count(4));
        assert_eq!(times("upload:503*always"), Times::Always);
    }

    #[test]
    fn what_is_wrong_with_a_fault_is_said_with_what_to_write() {
        let wrong = [
            "upload",
            "upolad:503",
            "upload:flood",
            "upload:600",
            "upload:429@soon",
            "token:skew=late",
            "report:202*0",
            "upload:pending",
        ];
        let told: Vec<_> = wrong
            .iter()
            .map(|text| {
                let error = text.parse::<Fault>().unwrap_err();
                format!("{error}\n  help: {}", error.help().unwrap())
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        the fault `upload` is not of the form POINT:KIND or POINT:KIND*TIMES
          help: write it like `upload:503*2`: the upload answers 503 twice
        the fault `upolad:503` names the point `upolad`, which does not exist
          help: points are report, meta, license, stats, products, provisioned, accounts, account, token, upload, status, location, consumed, graphql, scim
        the fault `upload:flood` is of the kind `flood`, which does not exist
          help: kinds are an HTTP status like 503 or 429@120 (with Retry-After), pending, failure, other-host, other-id, cut, reset, html, latency=200ms, skew=-900s, sunset=90d and cached=3h
        the fault `upload:600` wants the status 600, which is not between 200 and 599
          help: write a final HTTP status, like 503
        the fault `upload:429@soon` wants `soon` as Retry-After, which is not a number of seconds
          help: write it like `upload:429@120`
        the fault `token:skew=late` holds `late`, which is not a duration
          help: write it like `token:skew=-900s` or `report:latency=200ms`
        the fault `report:202*0` wants to happen `0` times, which is neither a number from 1 nor `always`
          help: write it like `report:202*3` or `upload:503*always`
        the fault `upload:pending` tells the state of an upload, which only `status` and `location` do
          help: write it like `status:pending*3` or `location:failure`
        ");
    }
}
