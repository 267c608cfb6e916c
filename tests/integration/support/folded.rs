//! JSON in as few lines as a person still reads well: what fits into a line is in one.

/// How wide a line may be.
const WIDTH: usize = 108;

/// The text with each object and each list that begins a line folded.
pub(super) fn folded(text: &str) -> String {
    let (mut lines, mut open) = (Vec::new(), Vec::<(&str, Vec<String>)>::new());
    for line in text.lines() {
        let member = line.trim();
        let (is_in_json, opens) = (!open.is_empty(), member.ends_with(['{', '[']));
        if opens && (is_in_json || member.len() == 1) {
            open.push((member, Vec::new()));
            continue;
        }
        let whole = match (open.pop_if(|_| member.starts_with(['}', ']'])), is_in_json) {
            (Some((opener, members)), _) => block(opener, &members, member, 2 * open.len()),
            (None, true) => member.to_owned(),
            (None, false) => line.to_owned(),
        };
        open.last_mut().map_or(&mut lines, |(_, members)| members).push(whole);
    }
    if text.ends_with('\n') {
        lines.push(String::new());
    }
    lines.join("\n")
}

/// A block that is this deep: in a line if it fits, else with as many members on a line as fit.
fn block(opener: &str, members: &[String], closer: &str, depth: usize) -> String {
    let space = if opener.ends_with('[') { "" } else { " " };
    let line = format!("{opener}{space}{}{space}{closer}", members.join(" "));
    if !line.contains('\n') && depth + line.chars().count() <= WIDTH {
        return line;
    }
    let (mut lines, mut is_full) = (vec![opener.to_owned()], true);
    for member in members {
        let last = lines.last_mut().unwrap();
        if member.contains('\n') {
            lines.extend(member.lines().map(|line| format!("  {line}")));
            is_full = true;
        } else if is_full || depth + last.chars().count() + 1 + member.chars().count() > WIDTH {
            lines.push(format!("  {member}"));
            is_full = false;
        } else {
            *last += &format!(" {member}");
        }
    }
    lines.push(closer.to_owned());
    lines.join("\n")
}
