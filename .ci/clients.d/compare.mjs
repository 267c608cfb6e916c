// What the program reports of each user, held against what somebody else read.

import { expect } from "./site.mjs";

/** A row of the cloud as the program reports it. `addresses` is the member with the server's addresses. */
function reported(row, addresses) {
  const text = (value) => value?.trim() || null;
  const [isCloud, isServer] = [row.github_com_user, row.enterprise_server_user];
  return {
    accounts: row.total_user_accounts,
    deployment: isCloud ? (isServer ? "merged" : "cloud-only") : isServer ? "server-only" : "neither",
    enterprise_roles: row.github_com_enterprise_roles,
    kind: /^visual studio/i.test(row.license_type) ? "visual-studio" : row.license_type.toLowerCase(),
    login: text(row.github_com_login),
    member_roles: row.github_com_member_roles,
    pending_invitations: row.github_com_orgs_with_pending_invites,
    saml_name_id: text(row.github_com_saml_name_id),
    server_addresses: addresses ? row[addresses] : [],
    server_users: row.enterprise_server_user_ids,
    verified_addresses: row.github_com_verified_domain_emails,
    visual_studio_address: text(row.visual_studio_subscription_email),
    visual_studio_status: text(row.visual_studio_license_status),
  };
}

/** Compares what a client read with the program's report. */
export function compare(client, read, report, addresses) {
  const rows = read.users.map((row) => reported(row, addresses));
  const known = report.licenses.map((license) => (addresses ? license : { ...license, server_addresses: [] }));
  expect(rows.length === known.length, `${client} reads ${rows.length} users, the report has ${known.length}`);
  rows.forEach((row, at) => {
    const [theirs, ours] = [row, known[at]].map((it) => JSON.stringify(Object.entries(it).sort()));
    expect(theirs === ours, `${client}, user ${at + 1}:\n  reads   ${theirs}\n  report  ${ours}`);
  });
  const totals = [read.consumed, read.purchased];
  const { consumed, purchased } = report.seats;
  const wanted = [consumed, purchased];
  expect(`${totals}` === `${wanted}`, `${client} reads the totals ${totals}, not ${wanted}`);
  console.log(`${client}: ${rows.length} users, ${consumed} of ${purchased} seats`);
}
