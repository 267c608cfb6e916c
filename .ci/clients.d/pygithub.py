"""PyGithub reads all pages of the consumed licenses, and prints them as JSON.

    python pygithub.py API_URL TOKEN_FILE [PER_PAGE]
"""

import json
import sys

import github

FIELDS = """
    enterprise_server_primary_emails enterprise_server_user enterprise_server_user_ids
    github_com_enterprise_roles github_com_login github_com_member_roles github_com_orgs_with_pending_invites
    github_com_saml_name_id github_com_user github_com_verified_domain_emails
    license_type total_user_accounts visual_studio_license_status visual_studio_subscription_email
""".split()


def main(api, token_file, per_page=None):
    with open(token_file, encoding="utf-8") as file:
        token = github.Auth.Token(file.read().strip())
    client = github.Github(base_url=api.rstrip("/"), auth=token, seconds_between_requests=None, retry=None)
    licenses = client.get_enterprise("octo-corp").get_consumed_licenses()
    users = licenses.get_users(int(per_page)) if per_page else licenses.users
    rows = [{field: value(user, field) for field in FIELDS} for user in users]
    backwards = [{field: value(user, field) for field in FIELDS} for user in users.reversed]
    answer = {
        "consumed": licenses.total_seats_consumed,
        "purchased": licenses.total_seats_purchased,
        "users": rows,
        # By the number of the last page, when each has one row.
        "count": users.totalCount,
        "same_backwards": backwards[::-1] == rows,
    }
    json.dump(answer, sys.stdout)


def value(user, field):
    """The field without a request of its own for a row that lacks it."""
    return getattr(user, "_" + field).value


main(*sys.argv[1:])
