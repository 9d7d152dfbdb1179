/* Broken-down times: static results, zones, texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(void)
{
    time_t when = 888888888;
    struct tm *now, mine;
    char *text, line[80];

    setenv("TZ", "EST5EDT", 1);
    now = gmtime(&when);
    text = asctime(now);
    for (int i = 0; i < 3; i++)
        printf("%d-%02d-%02d %02d:%02d %s %s", now->tm_year + 1900, now->tm_mon + 1, now->tm_mday,
               now->tm_hour, now->tm_min, now->tm_zone, text);
    localtime_r(&when, &mine);
    for (int i = 0; i < 3; i++) {
        strftime(line, sizeof line, "%Y-%m-%d %H:%M:%S %Z %a %j", &mine);
        puts(line);
        mine.tm_mon += 4;
        when = mktime(&mine);
        printf("%ld %s", (long)when, ctime(&when));
    }
    now = localtime(&when);
    for (int i = 0; i < 2; i++)
        printf("%s %d %s", now->tm_zone, now->tm_isdst, asctime(now));
    mine = *gmtime(&when);
    for (int i = 0; i < 2; i++) {
        struct tm copy = *localtime(&when), *same = gmtime_r(&when, &copy);
        printf("%d %d %d %d\n", mine.tm_hour, copy.tm_hour, localtime(&when)->tm_hour, same->tm_hour);
        printf("%d %d\n", gmtime(&when)->tm_yday + i, localtime_r(&when, &mine)->tm_min);
    }
    return 0;
}
