/** How long any read may take, whatever is left of its request. Seconds. */
export const READ_SETTINGS = { max_execution_time: 30 } as const;
