/* preaches keys: the certificates by which agents know each other. */
#include "cmd.h"

#include "../agent/keys.h"
#include <string.h>

int cmd_keys(int argc, char **argv)
{
    const GOptionEntry options[] = {{NULL, 0, 0, 0, NULL, NULL, NULL}};
    g_autoptr(GError) error = NULL;

    if (!cmd_parse(&argc, &argv, options, "init DIR | issue DIR NAME…",
                   "Makes an authority in DIR, and certificates for agents. A workstation needs "
                   "ca.crt, NAME.crt\nand NAME.key; ca.key stays where it was made."))
        return PREACHES_ERROR_USAGE;
    if (argc == 3 && strcmp(argv[1], "init") == 0)
        return preaches_keys_init(argv[2], &error) ? 0 : cmd_fail(error);
    if (argc < 4 || strcmp(argv[1], "issue") != 0)
        return cmd_usage("keys: init DIR, or issue DIR NAME");
    for (int i = 3; i < argc; i++)
        if (!preaches_keys_issue(argv[2], argv[i], &error))
            return cmd_fail(error);
    return 0;
}
