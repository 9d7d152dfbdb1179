/* Messages through gettext: programs run in the locale "C", where it gives back what it is given. */
#include <libintl.h>
#include <locale.h>
#include <stdio.h>

#define _(text) gettext(text)

static const char *title;

int main(void)
{
    setlocale(LC_ALL, "");
    bindtextdomain("messages", "/usr/share/locale");
    textdomain("messages");
    title = _("What was found");
    for (int i = 0; i < 5; i++) {
        const char *line = i % 2 ? _("an odd number of them") : _("an even number of them");
        printf("%s: ", title);
        printf(ngettext("%d file, %s\n", "%d files, %s\n", (unsigned long)i), i, line);
    }
    return 0;
}
