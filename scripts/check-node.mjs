// Plain JavaScript, since an old Node cannot read TypeScript: refuses by name what cannot run the tests.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 20)) {
  process.stderr.write(
    `Node ${process.versions.node} is too old, wanted 22.20 or later. ` +
      'Run "npm install" first: it brings Node 24 for the scripts of this package.\n'
  )
  process.exit(1)
}
