export function findCollector(env?: NodeJS.ProcessEnv): string | undefined;
export function canBuild(): boolean;
export function buildCollector(say?: (text: string) => void, env?: NodeJS.ProcessEnv): Promise<string>;
