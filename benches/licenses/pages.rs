//! The pages of the list, packed as they go over the wire.

use std::fmt::Write as _;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Result;

pub(crate) const PAGES: u32 = 1000;
pub(crate) const PER_PAGE: u32 = 100;

/// All pages, with gzip.
pub(crate) fn packed() -> Result<Vec<Bytes>> {
    (0..PAGES)
        .map(|page| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(plain(page)?.as_bytes())?;
            Ok(encoder.finish()?.into())
        })
        .collect()
}

fn plain(page: u32) -> Result<String> {
    let total = PAGES * PER_PAGE;
    let mut text = format!(
        "{{\"total_seats_consumed\":{total},\"total_seats_purchased\":{},\"users\":[",
        total * 2
    );
    for at in 0..PER_PAGE {
        if at > 0 {
            text.push(',');
        }
        row(&mut text, page * PER_PAGE + at)?;
    }
    text.push_str("]}");
    Ok(text)
}

/// A user of the cloud and of a server, with everything that recorded answers have.
fn row(text: &mut String, number: u32) -> Result<()> {
    // Names do not follow from one another, so that they take as much as real ones when they are packed.
    let name = format!("{:08x}", number.wrapping_mul(2_654_435_761));
    write!(
        text,
        "{{\"github_com_login\":\"{name}_corp\",\"github_com_name\":\"User {name}\",\
         \"enterprise_server_user_ids\":[\"ghes.example.com:{number}\"],\"github_com_user\":true,\
         \"enterprise_server_user\":true,\"visual_studio_subscription_user\":false,\"license_type\":\"Enterprise\",\
         \"github_com_profile\":\"https://github.com/{name}_corp\",\"github_com_member_roles\":[\"octo-org:Member\",\
         \"octo-labs:Member\"],\"github_com_enterprise_roles\":[\"Member\"],\
         \"github_com_verified_domain_emails\":[\"{name}@corp.example.com\"],\
         \"github_com_saml_name_id\":\"{name}@corp.example.com\",\"github_com_orgs_with_pending_invites\":[],\
         \"github_com_two_factor_auth\":true,\"enterprise_server_primary_emails\":[\"{name}@corp.example.com\"],\
         \"visual_studio_license_status\":null,\"visual_studio_subscription_email\":null,\"total_user_accounts\":2}}"
    )?;
    Ok(())
}
