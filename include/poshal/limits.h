/*
 * Everything a client, a device or a file can make grow, with the answer given when it is full.
 * A limit without a stated answer and a test does not belong here.
 */
#ifndef POSHAL_LIMITS_H
#define POSHAL_LIMITS_H

/* Framing. A longer line ends the connection with TooLarge: there is no way to find the next request. */
#define PH_LINE_MAX	   (1024 * 1024)     /* bytes, one JSON-RPC line from an application */
#define PH_DRIVER_LINE_MAX (8 * 1024 * 1024) /* bytes to a driver: a document with its drawings */
#define PH_DRIVER_SAYS_MAX (4 * 1024 * 1024) /* bytes from a driver: orders of drawings */
#define PH_RENDER_LINE_MAX (8 * 1024 * 1024) /* bytes to and from poshal-render */
#define PH_JSON_DEPTH_MAX  32		     /* nesting; deeper is a parse error */
#define PH_ID_MAX	   64		     /* bytes of a string request id; longer is refused */
#define PH_KEY_MAX	   128		     /* bytes of a client key; longer is Illegal */
#define PH_NAME_MAX	   64		     /* bytes of a device id, role or driver name */

/* Drawings, for jobs and for previews each. */
#define PH_RENDER_QUEUE		  64 /* requests that wait; a job waits longer, a preview is LimitExceeded */
#define PH_RENDER_QUEUE_BYTES	  (32 * 1024 * 1024) /* the same */
#define PH_RENDER_TIME_MS	  10000 /* one drawing; a slower one is ended and counts as not to be had */
#define PH_RENDER_WAIT_MS	  30000 /* of a job for others' drawings; then it is printed without */
#define PH_RENDER_PREVIEW_WAIT_MS 10000 /* of a preview; then it is Timeout */
#define PH_COLUMNS_MIN		  8	/* of a layout */
#define PH_COLUMNS_MAX		  255
#define PH_PREVIEWS_PER_CLIENT	  4		    /* one more is LimitExceeded */
#define PH_PREVIEW_MAX		  (2 * 1024 * 1024) /* bytes of a preview; a larger one is TooLarge */

/* Clients. One more connection is answered LimitExceeded and closed. */
#define PH_CLIENTS_MAX	   1024 /* connections of the JSON door */
#define PH_CLIENTS_PER_UID 512	/* of one uid, so that one user cannot lock out the others */
#define PH_BUS_PEERS_MAX   1024 /* D-Bus peers known at once; one more is LimitExceeded */
/* Arguments of D-Bus calls whose callers are not known yet; one more call is LimitExceeded. */
#define PH_BUS_WAITING_BYTES  (8 * 1024 * 1024)
#define PH_CALLS_PENDING      64   /* calls in flight per connection; one more is LimitExceeded */
#define PH_CLIENT_QUEUE	      1024 /* unsent messages per client; one more disconnects it */
#define PH_CLIENT_QUEUE_BYTES (4 * 1024 * 1024) /* unsent bytes per client; more disconnects it */
#define PH_SUBSCRIPTIONS      32		/* per client; one more is LimitExceeded */
#define PH_TOPICS	      32		/* per subscription */
#define PH_EVENT_RING	      4096 /* events kept for `since`; older ones are reported as a gap */
#define PH_EVENT_RING_BYTES   (1024 * 1024) /* whichever is reached first */

/* Payments. */
#define PH_PAYMENT_AMOUNT_MAX 999999999999LL /* minor units, 12 digits; more is Illegal */
#define PH_PAYMENT_BEFORE_MAX                                                                      \
	1024 /* bytes of what a terminal held before a payment; more is a driver's fault */

/* Objects. */
#define PH_DEVICES_MAX	     256 /* logical devices; a further one is refused with LimitExceeded */
#define PH_ROLES_MAX	     256
#define PH_ROLE_DEVICES	     8	    /* devices one role may fail over to */
#define PH_SCANS_WAITING     64	    /* labels kept for a holder; one more is dropped, and said */
#define PH_LEASE_WAITERS     16	    /* per device; one more is LimitExceeded */
#define PH_LEASE_WAIT_MS_MAX 300000 /* longest wait_ms */
#define PH_LEASE_RETAIN_MS   3000   /* a holder that does not answer within this loses the lease */
#define PH_JOBS_MAX	     10000  /* unfinished print jobs in all; one more is LimitExceeded */
#define PH_JOBS_PER_DEVICE   1000
#define PH_JOBS_BYTES_MAX                                                                          \
	(64 * 1024 * 1024)    /* documents of unfinished jobs; more is LimitExceeded */
#define PH_JOB_ATTEMPTS_MAX 3 /* a job lost this often ends as uncertain */
#define PH_JOB_COPIES_MAX   10
#define PH_JOB_PRIORITY_MIN (-10)
#define PH_JOB_PRIORITY_MAX 10
#define PH_FAILOVER_S_MAX   86400
#define PH_FAILOVER_S	    10 /* a role's wait for one of its printers, unless it says otherwise */
#define PH_JOB_AGAIN_MS                                                                            \
	1000 /* pause before what a journal or a driver refused for now is tried again */
/* Pauses before a printer whose status holds jobs up is asked for it anew: doubled from the first to the second. */
#define PH_REFRESH_MIN_MS 1000
#define PH_REFRESH_MAX_MS 30000
#define PH_JOB_TTL_S_MAX  (7 * 24 * 3600)
#define PH_LIST_MAX	  500 /* rows in one answer of a list method */
#define PH_KEY_KEEP_DAYS  400 /* how long a key is remembered */

/* Devices that are plugged in. */
#define PH_KNOWN_MAX                                                                               \
	256 /* recognised ones that are remembered; a further one is not served, and logged */
#define PH_NODES_MAX 1024 /* nodes of recognised devices at once; further ones are not seen */
#define PH_DISCOVER_MAX                                                                            \
	256 /* devices in one answer of device.discover; further ones are left out */
#define PH_DISCOVER_MS                                                                             \
	15000 /* a search of the network; then what was found until then is the answer */
#define PH_SEARCHES_MAX		8      /* runs of poshal-discover at once; one more is Busy */
#define PH_DISCOVER_LINE_MAX	65536  /* bytes of one line of it; a longer one ends the search */
#define PH_DRIVER_TEST_MS	300000 /* driver.test; one that is not over by then is given up */
#define PH_DRIVER_TEST_LINE_MAX 8192   /* bytes of one check's result, and of its options */
#define PH_SETTLE_MS		300 /* until all nodes of a device that was never seen have come */
#define PH_UNPLUGGED_KEEP_MS                                                                       \
	10000 /* the process of one that is gone waits so long for its return */
#define PH_RECONNECTS_MAX	  5 /* arrivals within PH_RECONNECTS_MS; then it is failed for a while */
#define PH_LIFE_MIN_MS		  5000 /* ... and it never stayed so long, nor was of use */
#define PH_RECONNECTS_MS	  60000
#define PH_RECONNECT_PAUSE_MIN_MS 30000 /* that while, doubled each time up to the maximum */
#define PH_RECONNECT_PAUSE_MAX_MS 600000

/* Journal. */
#define PH_JOURNAL_QUEUE	  2048 /* requests not yet answered; one more is -ENOBUFS */
#define PH_JOURNAL_QUEUE_NEW	  1536 /* of these, for new work and reads: results keep a place */
#define PH_JOURNAL_GROUP	  256 /* requests in one transaction; the rest waits for the next */
#define PH_JOURNAL_VERIFY_STEP	  2000 /* audit rows checked before other requests get a turn */
#define PH_JOURNAL_LIST_STEP	  5000 /* jobs looked at for one page of a list; then it ends early */
#define PH_JOURNAL_PURGE_STEP	  16   /* rows purged in one transaction */
#define PH_JOURNAL_DOCUMENT_HOURS 72   /* documents of final jobs are kept this long by default */
#define PH_JOURNAL_VOID_DAYS	  30 /* account data of approved payments is kept this long by default */

/* Devices. */
#define PH_LABEL_MAX 4096 /* bytes of one scanned label; longer is dropped and reported */
#define PH_LINK_QUEUE_BYTES                                                                        \
	(256 * 1024) /* unsent bytes towards one device; more is -ENOBUFS to the driver */
#define PH_PING_TIMEOUT_MS 5000	 /* an unanswered ping kills the device process */
#define PH_JOB_SILENT_MS   10000 /* a driver this silent about a job that should go on is pinged */
#define PH_ANSWER_LATE_MS  3000	 /* an answer this late makes the daemon ping */
#define PH_BACKOFF_MIN_MS  500
#define PH_BACKOFF_MAX_MS  30000
#define PH_NEWS_RATE_MAX   1000 /* labels and log lines per second of one driver; more end it */
#define PH_NEWS_TO_ALL                                                                             \
	10 /* as many of those is a change of state: it is in every subscriber's queue */
#define PH_NEWS_UNIT	    4096	/* bytes; each begun unit of a line counts as one */
#define PH_NEWS_MAX	    (64 * 1024) /* bytes of one of these lines; a longer one ends the driver */
#define PH_MEMORY_KEYS_MAX  32		/* words a driver may have kept about one device */
#define PH_MEMORY_VALUE_MAX 4096	/* bytes of one of them */
#define PH_SCAN_RATE_MAX    500 /* scans per second of one scanner; more are dropped and reported */

#endif
