// What this engine calls itself. The version that clients see is that of the Docker release whose API it follows.

/** Docker's release with API 1.47. */
export const VERSION = '27.5.1';
/** Set beside the version wherever Docker shows a build's name. */
export const GIT_COMMIT = 'drydock';
