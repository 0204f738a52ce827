// What a request may make grow in poshal-render, and the answer when it is too much.
#ifndef PH_RENDER_LIMITS_H
#define PH_RENDER_LIMITS_H

// Lines. A longer request ends the process: there is no way to find the next one.
#define PH_DRAW_LINE_MAX   (8 * 1024 * 1024)
#define PH_DRAW_ANSWER_MAX (8 * 1024 * 1024 - 1024) // bytes; more is TooLarge
#define PH_DRAW_QUEUE	   64			    // unread answers; one more ends the process
#define PH_DRAW_DEPTH_MAX  32			    // nesting of a request

// Pictures. More is an error of that drawing or of the request.
#define PH_DRAW_WIDTH_MAX	4096  // dots of a drawing or a paper
#define PH_DRAW_HEIGHT_MAX	30000 // dots of a PNG preview
#define PH_DRAW_IMAGE_SIDE_MAX	65500 // pixels of a side of an image file
#define PH_DRAW_JPEG_SCANS_MAX	100   // a progressive file has about ten
#define PH_DRAW_LINE_HEIGHT_MAX 1024  // dots of one line of text
#define PH_DRAW_LINE_TEXT_MAX	16384 // bytes of one line of text, repetition included
#define PH_DRAW_MISSING_MAX	32    // characters without a glyph that are named
#define PH_DRAW_PAGES_MAX	500   // of one document

// The process. What needs more ends it, and poshald goes on without its drawings.
#define PH_DRAW_MEMORY_MAX (768u * 1024 * 1024) // address space
#define PH_DRAW_FILES_MAX  64
#define PH_DRAW_CPU_S	   8 // of one request; it is answered with Timeout and the process ends

#endif
