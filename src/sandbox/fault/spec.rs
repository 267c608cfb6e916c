//! Reads faults as people write them and says what is wrong with those that cannot be read.

use std::str::FromStr;
use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::kind::{FaultKind, InjectedFault, Point, Times};
use crate::explain::Explain;
use crate::reason::{Exit, Reason};

/// A fault that cannot be read, what is wrong with it, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the fault `{fault}` {problem}")]
pub struct FaultSyntax {
    fault: String,
    problem: String,
    help: String,
}

impl Explain for FaultSyntax {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn other_exit(&self) -> Option<Exit> {
        Some(Exit::Usage)
    }

    fn help(&self) -> Option<String> {
        Some(self.help.clone())
    }
}

/// What is wrong with a part of a fault, and how it is written.
struct FaultSyntaxError(String, String);

fn wrong(problem: String, help: &str) -> FaultSyntaxError {
    FaultSyntaxError(problem, help.to_owned())
}

impl FromStr for InjectedFault {
    type Err = FaultSyntax;

    /// Reads `POINT:KIND` or `POINT:KIND*TIMES`.
    fn from_str(fault: &str) -> Result<Self, FaultSyntax> {
        parse(fault).map_err(|FaultSyntaxError(problem, help)| FaultSyntax {
            fault: fault.to_owned(),
            problem,
            help,
        })
    }
}

fn parse(fault: &str) -> Result<InjectedFault, FaultSyntaxError> {
    let (point, rest) = fault.split_once(':').ok_or_else(|| {
        wrong(
            "is not of the form POINT:KIND or POINT:KIND*TIMES".to_owned(),
            "write it like `upload:503*2`: the upload answers 503 twice",
        )
    })?;
    let (kind, times) = match rest.split_once('*') {
        Some((kind, times)) => (kind, parse_times(times)?),
        None => (rest, Times::Count(1)),
    };
    let (point, kind) = (parse_point(point)?, parse_kind(kind)?);
    let misplaced = match kind {
        FaultKind::Pending | FaultKind::Failure => !matches!(point, Point::Status | Point::Location),
        FaultKind::OtherHost | FaultKind::OtherId => point != Point::Status,
        _ => false,
    };
    if misplaced {
        return Err(wrong(
            "reports the state of an upload, which only `status` and `location` do".to_owned(),
            "write it like `status:pending*3` or `location:failure`",
        ));
    }
    Ok(InjectedFault { point, kind, times })
}

fn parse_point(word: &str) -> Result<Point, FaultSyntaxError> {
    let known = Point::ALL.iter().find(|(known, _)| *known == word);
    known.map(|(_, point)| *point).ok_or_else(|| {
        let points: Vec<_> = Point::ALL.iter().map(|(known, _)| *known).collect();
        wrong(
            format!("names the point `{word}`, which does not exist"),
            &format!("points are {}", points.join(", ")),
        )
    })
}

fn parse_times(times: &str) -> Result<Times, FaultSyntaxError> {
    match times.parse() {
        _ if times == "always" => Ok(Times::Always),
        Ok(count) if count > 0 => Ok(Times::Count(count)),
        _ => Err(wrong(
            format!("wants to happen `{times}` times, which is neither a number from 1 nor `always`"),
            "write it like `report:202*3` or `upload:503*always`",
        )),
    }
}

fn parse_kind(kind: &str) -> Result<FaultKind, FaultSyntaxError> {
    match kind.split_once('=') {
        Some(("latency", duration)) => return parse_duration(duration).map(FaultKind::Latency),
        Some(("skew", duration)) => return parse_skew(duration).map(FaultKind::Skew),
        Some(("sunset", duration)) => return parse_duration(duration).map(FaultKind::Sunset),
        Some(("cached", duration)) => return parse_duration(duration).map(FaultKind::Cached),
        _ => {}
    }
    match kind {
        "pending" => Ok(FaultKind::Pending),
        "failure" => Ok(FaultKind::Failure),
        "other-host" => Ok(FaultKind::OtherHost),
        "other-id" => Ok(FaultKind::OtherId),
        "cut" => Ok(FaultKind::Cut),
        "reset" => Ok(FaultKind::Reset),
        "html" => Ok(FaultKind::Html),
        status if status.starts_with(|first: char| first.is_ascii_digit()) => parse_status(status),
        _ => Err(wrong(
            format!("is of the kind `{kind}`, which does not exist"),
            "kinds are an HTTP status like 503 or 429@120 (with Retry-After), pending, failure, other-host, other-id, cut, \
             reset, html, latency=200ms, skew=-900s, sunset=90d and cached=3h",
        )),
    }
}

fn parse_status(text: &str) -> Result<FaultKind, FaultSyntaxError> {
    let (status, retry_after) = match text.split_once('@') {
        Some((status, seconds)) => {
            let problem = || format!("wants `{seconds}` as Retry-After, which is not a number of seconds");
            let number = seconds.parse();
            let number = number.map_err(|_| wrong(problem(), "write it like `upload:429@120`"))?;
            (status, Some(number))
        }
        None => (text, None),
    };
    let code = status.parse().ok().filter(|status| (200..600).contains(status));
    let known = code.and_then(|status| StatusCode::from_u16(status).ok());
    let status = known.ok_or_else(|| {
        wrong(
            format!("wants the status {status}, which is not between 200 and 599"),
            "write a final HTTP status, like 503",
        )
    })?;
    Ok(FaultKind::Status { status, retry_after })
}

fn parse_skew(text: &str) -> Result<TimeDelta, FaultSyntaxError> {
    let (back, length) = match text.strip_prefix('-') {
        Some(length) => (true, length),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let skew = TimeDelta::from_std(parse_duration(length)?).map_err(|_| no_duration(text))?;
    Ok(if back { -skew } else { skew })
}

fn parse_duration(text: &str) -> Result<Duration, FaultSyntaxError> {
    let duration = humantime::parse_duration(text).ok();
    // A year: more is a mistake, and dates stay far from the end of their range.
    let bounded = duration.filter(|duration| *duration <= Duration::from_secs(366 * 86_400));
    bounded.ok_or_else(|| no_duration(text))
}

fn no_duration(text: &str) -> FaultSyntaxError {
    wrong(
        format!("holds `{text}`, which is not a duration"),
        "write it like `token:skew=-900s` or `report:latency=200ms`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_can_be_written() {
        let kind = |text: &str| text.parse::<InjectedFault>().unwrap().kind;
        let status = |status: u16, retry_after| FaultKind::Status {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after,
        };
        assert_eq!(kind("report:202*3"), status(202, None));
        assert_eq!(kind("token:429@120"), status(429, Some(120)));
        assert_eq!(kind("status:pending"), FaultKind::Pending);
        assert_eq!(kind("location:failure"), FaultKind::Failure);
        assert_eq!(kind("consumed:cut"), FaultKind::Cut);
        assert_eq!(kind("stats:reset"), FaultKind::Reset);
        assert_eq!(kind("license:html"), FaultKind::Html);
        assert_eq!(
            kind("meta:latency=200ms"),
            FaultKind::Latency(Duration::from_millis(200))
        );
        assert_eq!(kind("token:skew=-900s"), FaultKind::Skew(TimeDelta::seconds(-900)));
        assert_eq!(kind("token:skew=+15m"), FaultKind::Skew(TimeDelta::minutes(15)));
        assert_eq!(
            kind("meta:sunset=90d"),
            FaultKind::Sunset(Duration::from_secs(90 * 86_400))
        );
        assert_eq!(
            kind("report:cached=3h"),
            FaultKind::Cached(Duration::from_secs(3 * 3600))
        );
    }

    #[test]
    fn a_fault_happens_once_unless_it_says_otherwise() {
        let times = |text: &str| text.parse::<InjectedFault>().unwrap().times;
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
                let error = text.parse::<InjectedFault>().unwrap_err();
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
        the fault `upload:pending` reports the state of an upload, which only `status` and `location` do
          help: write it like `status:pending*3` or `location:failure`
        ");
    }
}
