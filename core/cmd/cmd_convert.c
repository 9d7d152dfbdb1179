/* preaches convert: a class image to another architecture, when it is needed and not before. */
#include "cmd.h"

int cmd_convert(int argc, char **argv)
{
    g_autofree char *out = NULL, *program = NULL, *note = NULL, *key = NULL, *content = NULL, *compress = NULL;
    PreachesPack pack;
    g_autoptr(GError) error = NULL;
    const GOptionEntry options[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &out, "Where the result goes", "FILE"},
        {"program", 0, 0, G_OPTION_ARG_FILENAME, &program,
         "Make a native image for this program's executable", "PROGRAM"},
        {"compress", 0, 0, G_OPTION_ARG_STRING, &compress, "The result is compressed: none (default), zstd or lz4",
         "HOW"},
        CMD_KEY_OPTION(key),
        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    const char *word[2] = {NULL, NULL};
    int n_words = 0;

    do { /* options may stand between and behind the words */
        if (!cmd_parse(&argc, &argv, options, "IMAGE.class.img ARCH",
                       "Converts a class image to the layout of ARCH."))
            return PREACHES_ERROR_USAGE;
        if (argc > 1 && n_words < 2)
            word[n_words++] = argv[1];
        else if (argc > 1)
            return cmd_usage("convert: '%s' is too much", argv[1]);
        argv[1] = argv[0];
        argv++;
    } while (--argc > 0);
    if (n_words < 2 || !out)
        return cmd_usage("convert: an image, an architecture and -o FILE are needed");
    if (!cmd_compress(compress, &pack))
        return PREACHES_ERROR_USAGE;
    content = cmd_content(word[0], key, &error);
    if (!content || !preaches_convert(content, word[1], program, out, pack, &note, &error))
        return cmd_fail(error);
    if (note)
        cmd_say("%s: %s", out, note);
    return 0;
}
