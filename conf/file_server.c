#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/file.h"

#define NAME_MAX_OCTETS 63
#define LOGIN_MAX       255
#define SERVERS_MAX     255

/* The members of one group, as far as they were given. */
struct server_group {
	const config_setting_t *name;
	const config_setting_t *url;
	const config_setting_t *username;
	const config_setting_t *password;
	const config_setting_t *password_file;
};

#define MEMBER_READER(member)                                                                                          \
	static bool read_##member(const struct file *file, const config_setting_t *setting, void *into)                \
	{                                                                                                              \
		((struct server_group *)into)->member = setting;                                                       \
		return file_string(file, setting, #member) != NULL;                                                    \
	}

MEMBER_READER(name)
MEMBER_READER(url)
MEMBER_READER(username)
MEMBER_READER(password)
MEMBER_READER(password_file)

static const struct file_key keys[] = {{"name", read_name},
				       {"url", read_url},
				       {"username", read_username},
				       {"password", read_password},
				       {"password_file", read_password_file}};

static bool refuse(const struct file *file, const config_setting_t *setting, const char *key, const char *allowed,
		   const char *found)
{
	struct place place = file_place(file, setting);

	return complain(file->draft->complaint, &place, key, "allowed %s, found %s", allowed, found);
}

static bool is_server_name(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++)
		if (name[i] <= ' ' || name[i] == 0x7f)
			return false;
	return length >= 1 && length <= NAME_MAX_OCTETS;
}

static bool set_name(const struct file *file, struct draft_server *added, const config_setting_t *setting)
{
	const char *name = parser.setting_get_string(setting);
	const struct draft_server *servers = file->draft->servers.items;

	if (!is_server_name(name))
		return refuse(file, setting, "name", "1 to 63 printable ASCII characters without blanks",
			      quote_text(name).text);
	for (size_t i = 0; i < file->draft->servers.count; i++)
		if (servers[i].name && !strcmp(servers[i].name, name))
			return refuse(file, setting, "name", "a name that no other server has", quote_text(name).text);
	added->name = draft_text(file->draft, name, strlen(name));
	added->server.label = added->name;
	return added->name != NULL;
}

static bool set_username(const struct file *file, struct server *server, const config_setting_t *setting)
{
	const char *text = parser.setting_get_string(setting);
	size_t length = strlen(text);

	if (server->credentials.username_length)
		return refuse(file, setting, "username", "one user name, here or in the url", "both");
	if (length < 1 || length > LOGIN_MAX)
		return refuse(file, setting, "username", "1 to 255 octets", length ? "more" : "none");
	server->credentials.username = draft_text(file->draft, text, length);
	server->credentials.username_length = length;
	return server->credentials.username != NULL;
}

static bool set_password(const struct file *file, struct server *server, const config_setting_t *setting,
			 const char *text, size_t length)
{
	const char *key = config_setting_name(setting);

	if (server->credentials.password_length)
		return refuse(file, setting, key, "one password: in the url, in password or in password_file",
			      "a second one");
	if (length < 1 || length > LOGIN_MAX)
		return refuse(file, setting, key, "1 to 255 octets", length ? "more" : "none");
	server->credentials.password = draft_text(file->draft, text, length);
	server->credentials.password_length = length;
	return server->credentials.password != NULL;
}

/* The path is not quoted: a password may have been put in its place. */
static bool set_password_from(const struct file *file, struct server *server, const config_setting_t *setting)
{
	const char *given = parser.setting_get_string(setting);
	const char *path = file_beside(file, given);
	struct contents contents;
	size_t length;
	bool done;
	int error;

	if (!path)
		return false;
	error = *given ? contents_read(&contents, path) : ENOENT;
	if (error)
		return refuse(file, setting, "password_file", "a readable file", contents_error_text(error));
	length = strcspn(contents.text, "\n");
	if (length < contents.size && contents.text[length] == '\0')
		done = refuse(file, setting, "password_file", "text in the first line", "a NUL octet");
	else
		done = set_password(file, server, setting, contents.text, length);
	contents_free(&contents);
	return done;
}

static bool check_login(const struct file *file, struct server *server, const struct server_group *group)
{
	const struct credentials *login = &server->credentials;
	const config_setting_t *given = group->password        ? group->password
					: group->password_file ? group->password_file
							       : group->url;

	server->has_credentials = login->username_length && login->password_length;
	if (login->password_length && !login->username_length)
		return refuse(file, given, config_setting_name(given), "a password with a user name", "one without");
	if (login->username_length && !login->password_length)
		return refuse(file, group->username ? group->username : group->url, "username",
			      "a user name with a password (password or password_file)", "one without");
	return true;
}

static bool set_login(const struct file *file, struct server *server, const struct server_group *group)
{
	return (!group->username || set_username(file, server, group->username)) &&
	       (!group->password ||
		set_password(file, server, group->password, parser.setting_get_string(group->password),
			     strlen(parser.setting_get_string(group->password)))) &&
	       (!group->password_file || set_password_from(file, server, group->password_file)) &&
	       check_login(file, server, group);
}

static struct draft_server *add_server(const struct file *file, const config_setting_t *setting)
{
	const char *text = parser.setting_get_string(setting), *error;
	struct place place = file_place(file, setting);
	struct draft_server *added = NULL;
	struct url url;

	error = url_parse(&url, text, strlen(text));
	if (error) {
		refuse(file, setting, "url", URL_ALLOWED, error);
		return NULL;
	}
	added = draft_add_server(file->draft, &url, &place);
	explicit_bzero(&url, sizeof(url));
	if (added)
		added->spare = file->spare_servers;
	return added;
}

bool file_read_server(const struct file *file, const config_setting_t *setting)
{
	struct server_group group = {NULL, NULL, NULL, NULL, NULL};
	struct draft_server *added;

	if (!file_read_group(file, setting, keys, sizeof(keys) / sizeof(*keys), &group))
		return false;
	if (!group.url)
		return refuse(file, setting, "servers", "a server with a url", "one without");
	if (file->draft->servers.count >= SERVERS_MAX)
		return refuse(file, setting, "servers", "at most 255 servers", "more");
	added = add_server(file, group.url);
	return added && (!group.name || set_name(file, added, group.name)) && set_login(file, &added->server, &group);
}
