/** Memory, CPU, connections and commands that slow a server down or make it refuse. */
export const performance = {};
