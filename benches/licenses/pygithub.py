"""Reads all consumed licenses with PyGithub: `pygithub.py URL TOKEN CA_FILE`."""

import sys

import github

url, token, ca_file = sys.argv[1:]
# Without its own pauses of a quarter of a second between two requests.
client = github.Github(
    base_url=url,
    auth=github.Auth.Token(token),
    verify=ca_file,
    seconds_between_requests=None,
)
licenses = client.get_enterprise("octo-corp").get_consumed_licenses(licence_users_per_page=100)
logins = [user.github_com_login for user in licenses.get_users(100)]
print(len(logins))
