// Owns the shape of the emoji that the build makes.
declare module "virtual:emoji/*" {
  const data: { rows: string; groups: [order: number, name: string][]; tones: [key: string, name: string][] };
  export default data;
}
