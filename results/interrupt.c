/* Signals as cancelling: interrupt.h. */
#include "interrupt.h"

#include <glib-unix.h>

static gint seen; /* atomic: the thread writes, all read */
static GCancellable *watched;

static gboolean on_signal(gpointer number)
{
    g_atomic_int_set(&seen, GPOINTER_TO_INT(number));
    g_cancellable_cancel(watched);
    return G_SOURCE_CONTINUE;
}

static gpointer watch(gpointer context)
{
    for (;;)
        g_main_context_iteration(context, TRUE);
    return NULL;
}

void lab_interrupt_watch(GCancellable *cancel)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    g_assert(!watched);
    watched = g_object_ref(cancel);
    GMainContext *context = g_main_context_new();
    for (guint i = 0; i < G_N_ELEMENTS(signals); i++) {
        GSource *source = g_unix_signal_source_new(signals[i]);
        g_source_set_callback(source, on_signal, GINT_TO_POINTER(signals[i]), NULL);
        g_source_attach(source, context);
        g_source_unref(source);
    }
    g_thread_unref(g_thread_new("signals", watch, context));
}

int lab_interrupt_seen(void)
{
    return g_atomic_int_get(&seen);
}
